package io.deskwave.agent;

import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.ServerMessage.PowerStep;
import io.deskwave.protocol.Wire;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Does power steps to this machine, or only acts them: then the machine gets a simulated boot id, kept on disk, and the
 * session is left for a while. Blocking.
 */
final class Power {
    private final Path journal;
    private final Path simulatedBoot;
    private final Config.PowerMode mode;

    Power(Home home, Config.PowerMode mode) {
        this.journal = home.file("power.json");
        this.simulatedBoot = home.file("simulated-boot.json");
        this.mode = mode;
    }

    /** The boot to tell of. */
    Boot boot(Boot real) throws IOException {
        return mode == Config.PowerMode.SIMULATE ? Boot.simulated(simulatedBoot).orElse(real) : real;
    }

    /** Returns when the step is on the disk. */
    PowerStep keep(PowerStep step) throws IOException {
        DurableFile.write(journal, Wire.toJson(step));
        return step;
    }

    Boot simulate() throws IOException {
        return Boot.simulate(simulatedBoot);
    }

    /** Returns when the machine was told; it goes down a moment later. */
    Void act(PowerAction action, boolean force) throws IOException, InterruptedException {
        List<String> command = PowerCommand.of(action, force);
        Process process = new ProcessBuilder(command)
                .redirectInput(new File(Platform.WINDOWS ? "NUL" : "/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " failed with exit code " + process.exitValue());
        }
        return null;
    }
}
