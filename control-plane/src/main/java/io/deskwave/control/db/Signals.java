package io.deskwave.control.db;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends signals to processes and waits for their ends. Blocking. */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
    private static final Duration SENT_WITHIN = Duration.ofSeconds(5);

    private Signals() {}

    static void send(String name, long pid) throws IOException {
        int exit = waitFor(
                new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start(),
                SENT_WITHIN);
        if (exit != 0) {
            LOG.debug("process {} took no SIG{}: it is gone, or not ours", pid, name);
        }
    }

    /** Its exit code; -1 when it had to be ended because the time was up. */
    static int waitFor(Process process, Duration deadline) throws IOException {
        try {
            if (process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            return -1;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw interrupted(e);
        }
    }

    static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted", e);
    }
}
