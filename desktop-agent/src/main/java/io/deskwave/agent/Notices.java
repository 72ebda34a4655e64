package io.deskwave.agent;

import io.deskwave.protocol.ServerMessage.Notice;
import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the users of this machine what is about to be done to it. Where power is only acted, so is this: the notice goes to
 * the log and to a file, and somebody counts as logged on. Blocking.
 */
final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

    private final Home home;
    private final Config.PowerMode mode;

    Notices(Home home, Config.PowerMode mode) {
        this.home = home;
        this.mode = mode;
    }

    private record Simulated(UUID orderId, String message, int seconds) {}

    /** Whether anybody is logged on. */
    boolean show(UUID orderId, Notice notice) throws IOException, InterruptedException {
        if (mode == Config.PowerMode.SIMULATE) {
            LOG.info("simulated notice of {} s to the users: {}", notice.seconds(), notice.message());
            Path file = home.file("simulated-notice.json");
            DurableFile.write(file, Wire.toJson(new Simulated(orderId, notice.message(), notice.seconds())));
            return true;
        }
        int users = Platform.WINDOWS
                ? WindowsNotices.show(notice)
                : new LinuxNotices(home.file("sessions.tmp")).show(notice);
        LOG.info("order {}: {} users logged on", orderId, users);
        return users > 0;
    }
}
