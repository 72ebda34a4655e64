package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The two files a script writes its output to. The script appends to them directly, so no pipe ties it to the agent; the
 * agent reads behind it and punches out what will never be sent. Blocking.
 */
final class OutputSpool {
    /** Punch only when so much can be given back. */
    private static final long PUNCH_STEP_BYTES = 4L * 1024 * 1024;

    /** What one script's output may take on the disk where it cannot be given back. */
    static final long CAP_BYTES = 256L * 1024 * 1024;

    /** @param first the stream that was written to earlier, so its news goes first */
    record Sizes(long stdout, long stderr, OutputStreamName first) {
        long total() {
            return stdout + stderr;
        }
    }

    private final RunFolder folder;
    private final Map<OutputStreamName, Long> punchedUpTo = new EnumMap<>(OutputStreamName.class);
    private volatile boolean canPunch = Platform.LINUX;

    OutputSpool(RunFolder folder) {
        this.folder = folder;
    }

    /** A file that the script removed holds nothing. */
    Sizes sizes() {
        Path out = folder.output(OutputStreamName.STDOUT);
        Path err = folder.output(OutputStreamName.STDERR);
        long sizeErr = size(err);
        boolean outFirst = sizeErr == 0 || time(out).compareTo(time(err)) <= 0;
        return new Sizes(size(out), sizeErr, outFirst ? OutputStreamName.STDOUT : OutputStreamName.STDERR);
    }

    byte[][] read(List<OutputCursor.Range> ranges) throws IOException {
        var chunks = new byte[ranges.size()][];
        for (OutputStreamName stream : OutputStreamName.values()) {
            if (ranges.stream().anyMatch(r -> r.stream() == stream)) {
                readStream(stream, ranges, chunks);
            }
        }
        return chunks;
    }

    private void readStream(OutputStreamName stream, List<OutputCursor.Range> ranges, byte[][] chunks)
            throws IOException {
        try (var channel = FileChannel.open(folder.output(stream), StandardOpenOption.READ)) {
            for (int i = 0; i < chunks.length; i++) {
                if (ranges.get(i).stream() == stream) {
                    chunks[i] = read(channel, ranges.get(i));
                }
            }
        }
    }

    /** Zeros where the file is shorter than it was: a script may cut its own output file. */
    private static byte[] read(FileChannel channel, OutputCursor.Range range) throws IOException {
        var buffer = ByteBuffer.allocate(range.length());
        while (buffer.hasRemaining() && channel.read(buffer, range.offset() + buffer.position()) >= 0) {
            // until it is full or the file ends
        }
        return buffer.array();
    }

    /** Gives the disk back what lies between the head and the last {@code tailBytes} of a running script's output. */
    void punchBehind(JournalEntry.HeadEnd head, long tailBytes, Sizes sizes) {
        punch(OutputStreamName.STDOUT, head.stdout(), sizes.stdout() - tailBytes, PUNCH_STEP_BYTES);
        punch(OutputStreamName.STDERR, head.stderr(), sizes.stderr() - tailBytes, PUNCH_STEP_BYTES);
    }

    /** Gives the disk back what the plan cuts. */
    void punchOut(OutputPlan plan) {
        for (OutputStreamName stream : OutputStreamName.values()) {
            punch(stream, plan.of(stream).headEnd(), plan.of(stream).tailStart(), 1);
        }
    }

    private void punch(OutputStreamName stream, long from, long to, long step) {
        long start = Math.max(from, punchedUpTo.getOrDefault(stream, 0L));
        if (canPunch && to - start >= step) {
            canPunch = FileHoles.punch(folder.output(stream), start, to - start);
            punchedUpTo.put(stream, to);
        }
    }

    /** Whether the disk is filled by output that cannot be given back. */
    boolean isOver(long capBytes, Sizes sizes) {
        return !canPunch && sizes.total() > capBytes;
    }

    /** Gives everything back: only the outcome will be told. */
    void drop() throws IOException {
        for (OutputStreamName stream : OutputStreamName.values()) {
            try (var channel = FileChannel.open(folder.output(stream), StandardOpenOption.WRITE)) {
                var unused = channel.truncate(0);
            }
        }
    }

    boolean canPunch() {
        return canPunch;
    }

    /** On the disk, before an outcome that counts on it. */
    void force() throws IOException {
        for (OutputStreamName stream : OutputStreamName.values()) {
            if (Files.exists(folder.output(stream))) {
                try (var channel = FileChannel.open(folder.output(stream), StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        }
    }

    /** What a process in the background wrote behind the plan's end goes; answers what could not be given back. */
    long punchBehindEnd(OutputPlan plan) {
        long left = 0;
        for (OutputStreamName stream : OutputStreamName.values()) {
            long end = plan.of(stream).end();
            long more = size(folder.output(stream)) - end;
            if (more >= PUNCH_STEP_BYTES && !FileHoles.punch(folder.output(stream), end, more)) {
                left += more;
            }
        }
        return left;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static FileTime time(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
