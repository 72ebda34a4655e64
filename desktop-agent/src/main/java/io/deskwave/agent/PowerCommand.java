package io.deskwave.agent;

import io.deskwave.protocol.PowerAction;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** The command that does a power action to this kind of machine. */
final class PowerCommand {
    private PowerCommand() {}

    /** @throws IOException when this machine has none */
    static List<String> of(PowerAction action, boolean force) throws IOException {
        if (Platform.WINDOWS) {
            return windows(action, force);
        }
        if (new File("/run/systemd/system").isDirectory()) {
            return systemd(action, force);
        }
        if (action == PowerAction.HIBERNATE) {
            throw new IOException("this machine has no systemd, and nothing else here can hibernate it");
        }
        return List.of("shutdown", action == PowerAction.REBOOT ? "-r" : "-h", "now");
    }

    /** Windows hibernates at once and takes no time for it. */
    static List<String> windows(PowerAction action, boolean force) {
        Stream<String> command =
                switch (action) {
                    case REBOOT -> Stream.of("shutdown", "/r", "/t", "0");
                    case STOP -> Stream.of("shutdown", "/s", "/t", "0");
                    case HIBERNATE -> Stream.of("shutdown", "/h");
                };
        return force ? Stream.concat(command, Stream.of("/f")).toList() : command.toList();
    }

    static List<String> systemd(PowerAction action, boolean force) {
        return switch (action) {
            case REBOOT -> force ? List.of("systemctl", "reboot", "--force") : List.of("systemctl", "reboot");
            case STOP -> force ? List.of("systemctl", "poweroff", "--force") : List.of("systemctl", "poweroff");
            case HIBERNATE ->
                force ? List.of("systemctl", "hibernate", "--ignore-inhibitors") : List.of("systemctl", "hibernate");
        };
    }
}
