package io.deskwave.agent;

import io.deskwave.protocol.Protocol;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the commands of one piece of work, all of them within one time. Blocking. */
final class ToolRun {
    private static final int KEPT_BYTES = 16 * 1024;
    private static final int SAID_CHARS = 400;

    private final long untilNanos;

    ToolRun(Duration within) {
        this.untilNanos = System.nanoTime() + within.toNanos();
    }

    /**
     * What it wrote, standard error with it. Into a file, so that nobody waits for what it left behind.
     *
     * @throws IOException when it could not be started, failed or took too long; then its processes were ended
     */
    String run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("deskwave-tool-", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File(Platform.WINDOWS ? "NUL" : "/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                Process ended = process.destroyForcibly();
                boolean gone = ended.waitFor(5, TimeUnit.SECONDS);
                throw new IOException(
                        command.get(0) + " took too long and was " + (gone ? "ended" : "told to end, in vain"));
            }
            String said = tail(output);
            if (process.exitValue() != 0) {
                String why = SnapshotPlan.lastLine(said);
                throw new IOException(command.get(0) + " failed with exit code " + process.exitValue()
                        + (why.isEmpty() ? "" : ": " + Protocol.cut(why, SAID_CHARS)));
            }
            return said;
        } finally {
            boolean unused = Files.deleteIfExists(output);
        }
    }

    /** The end of it, when it is long. */
    private static String tail(Path output) throws IOException {
        try (var channel = Files.newByteChannel(output)) {
            long size = channel.size();
            var unused = channel.position(Math.max(0, size - KEPT_BYTES));
            var bytes = ByteBuffer.allocate((int) Math.min(size, KEPT_BYTES));
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // until it is full
            }
            return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        }
    }
}
