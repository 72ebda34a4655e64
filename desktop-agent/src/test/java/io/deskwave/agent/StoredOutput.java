package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.OutputStreamName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What the fake control plane keeps of one attempt's output. */
final class StoredOutput {
    /** A chunk came in. */
    record Arrival(long nanos, String text) {}

    private final ByteArrayOutputStream[] bytes = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
    private final long[] next = new long[2];
    final StringBuilder merged = new StringBuilder();
    final List<Arrival> arrivals = new ArrayList<>();
    long nextSeq;
    long cutBytes;

    private static int index(OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? 0 : 1;
    }

    /** False when it was not the chunk to come. */
    synchronized boolean add(AgentMessage.Output output) {
        int stream = index(output.stream());
        if (output.seq() != nextSeq) {
            return output.seq() < nextSeq; // an old one again does no harm
        }
        if (output.offset() < next[stream]) {
            throw new AssertionError(output + " overlaps " + next[stream]);
        }
        cutBytes += output.offset() - next[stream];
        bytes[stream].writeBytes(output.bytes());
        next[stream] = output.offset() + output.bytes().length;
        merged.append(new String(output.bytes(), StandardCharsets.UTF_8));
        Instant now = Instant.now();
        arrivals.add(new Arrival(
                now.getEpochSecond() * 1_000_000_000 + now.getNano(),
                output.bytes().length > 100 ? "" : new String(output.bytes(), StandardCharsets.UTF_8)));
        nextSeq++;
        return true;
    }

    synchronized long next(int stream) {
        return next[stream];
    }

    synchronized byte[] of(OutputStreamName stream) {
        return bytes[index(stream)].toByteArray();
    }

    synchronized String text(OutputStreamName stream) {
        return bytes[index(stream)].toString(StandardCharsets.UTF_8);
    }
}
