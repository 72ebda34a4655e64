package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.deskwave.control.execution.OutputStore.Chunk;
import io.deskwave.control.execution.OutputStore.From;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The stored output of one attempt: as text for a person, as bytes for a program. */
final class RecordOutputs {
    static final int DEFAULT_LIMIT_BYTES = 1024 * 1024;
    private static final int CHUNKS_AT_ONCE = 128;

    private final Database database;
    private final OutputStore outputs = new OutputStore();
    private final HistoryStore history = new HistoryStore();

    RecordOutputs(Database database) {
        this.database = database;
    }

    /** Both streams in the order they came, with a line where bytes were cut. */
    Future<String> text(UUID recordId, int attempt, String charset) {
        return append(recordId, attempt, 0, new Merged(charset)).map(Merged::end);
    }

    private Future<Merged> append(UUID recordId, int attempt, long seq, Merged merged) {
        return outputs.read(database.client(), List.of(new From(recordId, attempt, seq)), CHUNKS_AT_ONCE)
                .compose(chunks -> {
                    chunks.forEach(merged::add);
                    return chunks.size() < CHUNKS_AT_ONCE
                            ? Future.succeededFuture(merged)
                            : append(
                                    recordId,
                                    attempt,
                                    chunks.get(chunks.size() - 1).seq() + 1,
                                    merged);
                });
    }

    private static final class Merged {
        private final String charset;
        private final StringBuilder text = new StringBuilder();
        private final Map<String, OutputText> streams = new HashMap<>();
        private final Map<String, Long> ends = new HashMap<>();

        Merged(String charset) {
            this.charset = charset;
        }

        void add(Chunk chunk) {
            OutputText stream = streams.computeIfAbsent(chunk.stream(), name -> new OutputText(charset));
            long end = ends.getOrDefault(chunk.stream(), 0L);
            if (chunk.offset() > end) {
                text.append(stream.rest().text());
                text.append("\n[... ")
                        .append(chunk.offset() - end)
                        .append(" bytes of ")
                        .append(chunk.stream())
                        .append(" cut ...]\n");
            }
            text.append(stream.next(chunk.offset(), chunk.bytes()).text());
            ends.put(chunk.stream(), chunk.offset() + chunk.bytes().length);
        }

        String end() {
            streams.values().forEach(stream -> text.append(stream.rest().text()));
            return text.toString();
        }
    }

    /**
     * Sends the kept bytes of a stream from an offset in it on, at most {@code limit} of them. What was cut is jumped over;
     * the headers tell the stream's size, how many bytes were jumped over, and where to go on; or when all was removed.
     */
    Future<Void> send(
            UUID recordId,
            int attempt,
            String stream,
            long offset,
            int limit,
            JsonObject record,
            HttpServerResponse response) {
        return collect(recordId, attempt, stream, offset, limit, Buffer.buffer())
                .compose(found -> history.getKept(database.client(), recordId, attempt)
                        .map(kept -> kept.removedAt() == null ? found : removed(kept.removedAt(), offset, response)))
                .compose(found -> {
                    response.putHeader("Content-Type", "application/octet-stream")
                            .putHeader("X-Output-Total-Bytes", String.valueOf(record.getLong(stream + "_bytes")))
                            .putHeader("X-Output-Next-Offset", String.valueOf(found.next()))
                            .putHeader(
                                    "X-Output-Cut-Bytes",
                                    String.valueOf(Math.max(
                                            0,
                                            found.next()
                                                    - offset
                                                    - found.bytes().length())));
                    return response.end(found.bytes());
                });
    }

    private static Found removed(Instant at, long offset, HttpServerResponse response) {
        response.putHeader(
                "X-Output-Removed-At", at.truncatedTo(ChronoUnit.SECONDS).toString());
        return new Found(Buffer.buffer(), offset);
    }

    private record Found(Buffer bytes, long next) {}

    private Future<Found> collect(UUID recordId, int attempt, String stream, long offset, int limit, Buffer bytes) {
        return outputs.readStream(database.client(), recordId, attempt, stream, offset, CHUNKS_AT_ONCE)
                .compose(chunks -> {
                    long next = offset;
                    for (Chunk chunk : chunks) {
                        int skip = (int) Math.max(0, next - chunk.offset());
                        int take = Math.min(chunk.bytes().length - skip, limit - bytes.length());
                        if (take <= 0) {
                            break;
                        }
                        bytes.appendBytes(chunk.bytes(), skip, take);
                        next = chunk.offset() + skip + take;
                    }
                    return chunks.size() < CHUNKS_AT_ONCE || bytes.length() >= limit
                            ? Future.succeededFuture(new Found(bytes, next))
                            : collect(recordId, attempt, stream, next, limit, bytes);
                });
    }
}
