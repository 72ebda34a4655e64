package io.deskwave.control.provider;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the provider once: the question on its standard input, no arguments, hardly an environment, no shell. It is over when
 * the process ends; what that leaves running is not waited for, whatever it holds open. Blocking.
 */
final class ProviderProcess {
    static final int MOST_STDOUT = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ProviderProcess.class);
    private static final int MOST_STDERR = 16 * 1024;
    private static final long LOOK_MILLIS = 10;
    /** Nothing else of this process's environment, where passwords may be. */
    private static final List<String> KEPT =
            List.of("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SystemRoot", "TEMP", "TMP");

    private final Path program;

    ProviderProcess(Path program) {
        this.program = program;
    }

    enum How {
        EXITED,
        TIMED_OUT,
        NOT_STARTED
    }

    /** @param isCut whether standard output was longer than what is kept of it */
    record Ended(How how, int exitCode, String stdout, boolean isCut, String stderr) {}

    /** @throws InterruptedException when this node ends: the provider goes on, and nobody hears its answer */
    Ended run(UUID actionId, String question, Duration within) throws InterruptedException {
        Process process;
        try {
            process = start(actionId);
        } catch (IOException e) {
            return new Ended(How.NOT_STARTED, -1, "", false, String.valueOf(e.getMessage()));
        }
        var writer = new Thread(() -> write(process, question), "provider-question");
        writer.setDaemon(true); // a provider that does not read must not hold anybody up
        writer.start();
        return await(process, actionId, System.nanoTime() + within.toNanos());
    }

    private Process start(UUID actionId) throws IOException {
        var builder = new ProcessBuilder(program.toString())
                .directory(Objects.requireNonNull(program.getParent()).toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(KEPT);
        environment.put(ProviderTree.MARK, actionId.toString());
        return builder.start();
    }

    private static void write(Process process, String question) {
        try (OutputStream input = process.getOutputStream()) {
            input.write(question.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.debug("the provider did not read all of its question: {}", e.toString());
        }
    }

    private static Ended await(Process process, UUID actionId, long untilNanos) throws InterruptedException {
        var stdout = new Drain(process.getInputStream(), MOST_STDOUT);
        var stderr = new Drain(process.getErrorStream(), MOST_STDERR);
        while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            stdout.take();
            stderr.take();
            if (System.nanoTime() - untilNanos > 0) {
                List<Long> left = ProviderTree.end(process, actionId);
                if (!left.isEmpty()) {
                    LOG.warn("of the provider for {} processes are left that cannot be ended: {}", actionId, left);
                }
                stderr.take();
                return new Ended(How.TIMED_OUT, -1, "", false, stderr.text());
            }
        }
        stdout.take();
        stderr.take();
        return new Ended(How.EXITED, process.exitValue(), stdout.text(), stdout.isCut(), stderr.text());
    }

    /** Takes what is there without waiting, and keeps the first so many bytes of it. */
    private static final class Drain {
        private final InputStream input;
        private final int most;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private boolean cut;

        Drain(InputStream input, int most) {
            this.input = input;
            this.most = most;
        }

        void take() {
            try {
                for (int there = input.available(); there > 0; there = input.available()) {
                    byte[] bytes = input.readNBytes(Math.min(there, 8192));
                    int room = Math.min(bytes.length, most - kept.size());
                    kept.write(bytes, 0, room);
                    cut |= room < bytes.length;
                }
            } catch (IOException e) {
                LOG.debug("the provider's output ended: {}", e.toString());
            }
        }

        boolean isCut() {
            return cut;
        }

        String text() {
            return kept.toString(StandardCharsets.UTF_8);
        }
    }
}
