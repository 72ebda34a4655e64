package io.deskwave.control.execution;

import io.deskwave.protocol.AgentMessage.Output;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What scripts wrote, chunk by chunk, and how far it is stored. */
public final class OutputStore {
    /** Only the desktop that runs the attempt may write to it. */
    private static final String GET_HEADS =
            """
            SELECT r.id, n.attempt, r.desktop_id, r.task_id, coalesce(o.next_seq, 0) AS next_seq,
                   coalesce(o.stdout_end, 0) AS stdout_end, coalesce(o.stderr_end, 0) AS stderr_end,
                   coalesce(o.kept_bytes, 0) AS kept_bytes,
                   w.record_id IS NOT NULL AND r.status IN ('WAITING', 'RUNNING') AS live
            FROM unnest($1::uuid[], $2::int[], $3::uuid[]) AS n (id, attempt, desktop_id)
            JOIN execution_records r ON r.id = n.id AND r.desktop_id = n.desktop_id
            LEFT JOIN record_work w ON w.record_id = n.id AND w.attempt = n.attempt AND w.busy AND w.record_id = ANY($1)
            LEFT JOIN record_outputs o ON o.record_id = n.id AND o.attempt = n.attempt
            """;

    private static final String MOVE_HEADS =
            """
            INSERT INTO record_outputs AS o (record_id, attempt, next_seq, stdout_end, stderr_end, kept_bytes)
            SELECT record_id, attempt, next_seq, stdout_end, stderr_end, kept_bytes
            FROM unnest($1::uuid[], $2::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
                 AS n (record_id, attempt, next_seq, stdout_end, stderr_end, kept_bytes)
            ON CONFLICT (record_id, attempt) DO UPDATE
            SET next_seq = excluded.next_seq, stdout_end = excluded.stdout_end, stderr_end = excluded.stderr_end,
                kept_bytes = excluded.kept_bytes
            WHERE (o.record_id, o.attempt, o.next_seq)
                  IN (SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[]))
            """;

    private static final String INSERT =
            """
            INSERT INTO output_chunks (record_id, attempt, seq, task_id, stream, start_at, bytes)
            SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::bytea[])
            """;

    private static final String READ =
            """
            SELECT c.record_id, c.attempt, c.seq, c.stream, c.start_at, c.bytes
            FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS w (record_id, attempt, from_seq)
            CROSS JOIN LATERAL (
                SELECT * FROM output_chunks o
                WHERE o.record_id = w.record_id AND o.attempt = w.attempt AND o.seq >= w.from_seq
                ORDER BY o.seq LIMIT $4) AS c
            ORDER BY c.record_id, c.attempt, c.seq
            LIMIT $4
            """;

    private static final String READ_STREAM =
            """
            SELECT start_at, bytes FROM output_chunks
            WHERE record_id = $1 AND attempt = $2 AND stream = $3 AND start_at + length(bytes) > $4
            ORDER BY seq LIMIT $5
            """;

    /** How far the output of an attempt is stored. {@code live}: it may still grow. */
    record Head(
            UUID recordId,
            int attempt,
            UUID desktopId,
            UUID taskId,
            long nextSeq,
            long stdoutEnd,
            long stderrEnd,
            long keptBytes,
            boolean live) {}

    /** An attempt of a record. */
    public record AttemptKey(UUID recordId, int attempt) {}

    /** A chunk, or an attempt's head, as a desktop claims it. */
    record Claimed(UUID recordId, int attempt, UUID desktopId) {}

    public record Chunk(UUID recordId, int attempt, long seq, String stream, long offset, byte[] bytes) {}

    /** From which chunk on a reader wants an attempt's output. */
    public record From(UUID recordId, int attempt, long seq) {}

    Future<Map<AttemptKey, Head>> getHeads(SqlClient sql, Collection<Claimed> claimed) {
        return sql.preparedQuery(GET_HEADS)
                .execute(Tuple.of(
                        claimed.stream().map(Claimed::recordId).toArray(UUID[]::new),
                        claimed.stream().map(Claimed::attempt).toArray(Integer[]::new),
                        claimed.stream().map(Claimed::desktopId).toArray(UUID[]::new)))
                .map(rows -> {
                    var heads = new HashMap<AttemptKey, Head>();
                    for (Row row : rows) {
                        Head head = head(row);
                        heads.put(new AttemptKey(head.recordId(), head.attempt()), head);
                    }
                    return heads;
                });
    }

    /** How many heads moved: one fewer than given for each that was no longer where it was read. */
    Future<Integer> moveHeads(SqlClient sql, List<Head> from, List<Head> to) {
        return sql.preparedQuery(MOVE_HEADS)
                .execute(Tuple.from(new Object[] {
                    to.stream().map(Head::recordId).toArray(UUID[]::new),
                    to.stream().map(Head::attempt).toArray(Integer[]::new),
                    from.stream().map(Head::nextSeq).toArray(Long[]::new),
                    to.stream().map(Head::nextSeq).toArray(Long[]::new),
                    to.stream().map(Head::stdoutEnd).toArray(Long[]::new),
                    to.stream().map(Head::stderrEnd).toArray(Long[]::new),
                    to.stream().map(Head::keptBytes).toArray(Long[]::new)
                }))
                .map(RowSet::rowCount);
    }

    Future<Integer> insert(SqlClient sql, List<Output> chunks, List<UUID> taskIds) {
        return sql.preparedQuery(INSERT)
                .execute(Tuple.from(new Object[] {
                    chunks.stream().map(Output::recordId).toArray(UUID[]::new),
                    chunks.stream().map(Output::attempt).toArray(Integer[]::new),
                    chunks.stream().map(Output::seq).toArray(Long[]::new),
                    taskIds.toArray(UUID[]::new),
                    chunks.stream().map(c -> c.stream().wireName()).toArray(String[]::new),
                    chunks.stream().map(Output::offset).toArray(Long[]::new),
                    chunks.stream().map(c -> Buffer.buffer(c.bytes())).toArray(Buffer[]::new)
                }))
                .map(RowSet::rowCount);
    }

    /** At most {@code limit} chunks, each attempt's in its order and without a gap in {@code seq}. */
    public Future<List<Chunk>> read(SqlClient sql, Collection<From> wanted, int limit) {
        return sql.preparedQuery(READ)
                .execute(Tuple.of(
                        wanted.stream().map(From::recordId).toArray(UUID[]::new),
                        wanted.stream().map(From::attempt).toArray(Integer[]::new),
                        wanted.stream().map(From::seq).toArray(Long[]::new),
                        limit))
                .map(rows -> {
                    var chunks = new ArrayList<Chunk>(rows.size());
                    for (Row row : rows) {
                        chunks.add(new Chunk(
                                row.getUUID("record_id"),
                                row.getInteger("attempt"),
                                row.getLong("seq"),
                                row.getString("stream"),
                                row.getLong("start_at"),
                                row.getBuffer("bytes").getBytes()));
                    }
                    return chunks;
                });
    }

    /** The chunks of one stream that reach beyond an offset. */
    Future<List<Chunk>> readStream(SqlClient sql, UUID recordId, int attempt, String stream, long offset, int limit) {
        return sql.preparedQuery(READ_STREAM)
                .execute(Tuple.of(recordId, attempt, stream, offset, limit))
                .map(rows -> {
                    var chunks = new ArrayList<Chunk>(rows.size());
                    for (Row row : rows) {
                        chunks.add(new Chunk(
                                recordId,
                                attempt,
                                0,
                                stream,
                                row.getLong("start_at"),
                                row.getBuffer("bytes").getBytes()));
                    }
                    return chunks;
                });
    }

    private static Head head(Row row) {
        return new Head(
                row.getUUID("id"),
                row.getInteger("attempt"),
                row.getUUID("desktop_id"),
                row.getUUID("task_id"),
                row.getLong("next_seq"),
                row.getLong("stdout_end"),
                row.getLong("stderr_end"),
                row.getLong("kept_bytes"),
                row.getBoolean("live"));
    }
}
