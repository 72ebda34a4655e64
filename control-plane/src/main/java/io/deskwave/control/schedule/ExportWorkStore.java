package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.utc;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Export tasks as those see them who make the files. Whoever claims one begins an attempt; what an attempt writes counts only
 * while no later one has begun and nobody has deleted the task, so that two nodes never write into one file.
 */
final class ExportWorkStore {
    private static final String CLAIM =
            """
            UPDATE export_tasks SET attempt = attempt + 1, claimed_until = $2, size_bytes = 0 WHERE id = (
                SELECT id FROM export_tasks
                WHERE status = 'CREATING' AND deleted_at IS NULL AND (claimed_until IS NULL OR claimed_until <= $1)
                ORDER BY creation_no LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING
            """
                    + ExportStore.COLUMNS;
    private static final String MINE = " WHERE id = $1 AND attempt = $2 AND status = 'CREATING' AND deleted_at IS NULL";
    private static final String HOLD = "UPDATE export_tasks SET claimed_until = $3" + MINE;
    private static final String RELEASE = "UPDATE export_tasks SET claimed_until = NULL" + MINE;
    private static final String ADD =
            """
            WITH mine AS (
                UPDATE export_tasks SET claimed_until = $3, size_bytes = size_bytes + length($5::bytea)"""
                    + MINE
                    + """
                 RETURNING id, project_id, attempt, length($5::bytea) AS added),
            put AS (
                INSERT INTO export_chunks (export_id, attempt, chunk_no, content) SELECT id, attempt, $4, $5 FROM mine)
            SELECT added + (SELECT coalesce(sum(size_bytes), 0)::bigint FROM export_tasks e
                            WHERE e.project_id = mine.project_id
                              AND (e.status = 'CREATING' OR e.content_until IS NOT NULL)) AS all_bytes FROM mine""";
    private static final String FINISH =
            """
            UPDATE export_tasks SET status = 'SUCCESS', end_time = $3, expires_at = $4, content_until = $5, row_until = $6,
                   claimed_until = NULL"""
                    + MINE;
    private static final String FAIL =
            """
            UPDATE export_tasks SET status = 'FAIL', fail_reason = $4, error_code = $5, end_time = $3, content_until = $3,
                   row_until = $6, claimed_until = NULL, size_bytes = 0"""
                    + MINE;
    private static final String READ =
            "SELECT content FROM export_chunks WHERE export_id = $1 AND attempt = $2 AND chunk_no = $3";
    private static final String DROP_EARLIER =
            """
            DELETE FROM export_chunks WHERE (export_id, attempt, chunk_no) IN (
                SELECT export_id, attempt, chunk_no FROM export_chunks WHERE export_id = $1 AND attempt < $2 LIMIT $3)""";
    private static final String FIND_TO_EMPTY =
            """
            SELECT id FROM export_tasks WHERE content_until <= $1
            ORDER BY content_until LIMIT 1 FOR UPDATE SKIP LOCKED""";
    private static final String EMPTIED = "UPDATE export_tasks SET content_until = NULL WHERE id = $1";
    private static final String REMOVE =
            """
            DELETE FROM export_tasks WHERE id IN (
                SELECT id FROM export_tasks WHERE row_until <= $1 AND content_until IS NULL
                ORDER BY row_until LIMIT $2 FOR UPDATE SKIP LOCKED)""";

    /** The oldest that nobody makes, or that somebody gave no news of; for a first portion of time. */
    Future<Optional<ExportTask>> claim(SqlClient client, Instant now, Instant until) {
        return client.preparedQuery(CLAIM)
                .execute(Tuple.of(utc(now), utc(until)))
                .map(rows -> ExportStore.tasks(rows).stream().findFirst());
    }

    /** Whether the attempt still counts. */
    Future<Boolean> hold(SqlClient client, ExportTask task, Instant until) {
        return changed(client, HOLD, Tuple.of(task.id(), task.attempt(), utc(until)));
    }

    Future<Boolean> release(SqlClient client, ExportTask task) {
        return changed(client, RELEASE, Tuple.of(task.id(), task.attempt()));
    }

    /** How many bytes the project's files have now; empty when the attempt no longer counts. */
    Future<OptionalLong> add(SqlClient client, ExportTask task, int chunkNo, Buffer content, Instant until) {
        return client.preparedQuery(ADD)
                .execute(Tuple.of(task.id(), task.attempt(), utc(until), chunkNo, content))
                .map(rows -> rows.size() == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(rows.iterator().next().getLong("all_bytes")));
    }

    /** Whether the attempt still counted. */
    Future<Boolean> finish(
            SqlClient client, ExportTask task, Instant now, Instant expires, Instant contentUntil, Instant rowUntil) {
        return changed(
                client,
                FINISH,
                Tuple.of(task.id(), task.attempt(), utc(now), utc(expires), utc(contentUntil), utc(rowUntil)));
    }

    /** Whether the attempt still counted. */
    Future<Boolean> fail(SqlClient client, ExportTask task, Instant now, String reason, String code, Instant rowUntil) {
        return changed(client, FAIL, Tuple.of(task.id(), task.attempt(), utc(now), reason, code, utc(rowUntil)));
    }

    /** Empty after the last. */
    Future<Optional<Buffer>> read(SqlClient client, ExportTask task, int chunkNo) {
        return client.preparedQuery(READ)
                .execute(Tuple.of(task.id(), task.attempt(), chunkNo))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator().next().getBuffer("content")));
    }

    /** Removes so many chunks of attempts before this one; how many there were. */
    Future<Integer> dropEarlier(SqlClient client, UUID id, int attempt, int most) {
        return client.preparedQuery(DROP_EARLIER)
                .execute(Tuple.of(id, attempt, most))
                .map(rows -> rows.rowCount());
    }

    /** Locks one whose content is to be removed. */
    Future<Optional<UUID>> findToEmpty(SqlClient client, Instant now) {
        return client.preparedQuery(FIND_TO_EMPTY)
                .execute(Tuple.of(utc(now)))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator().next().getUUID("id")));
    }

    Future<Boolean> emptied(SqlClient client, UUID id) {
        return changed(client, EMPTIED, Tuple.of(id));
    }

    /** How many tasks. */
    Future<Integer> remove(SqlClient client, Instant now, int most) {
        return client.preparedQuery(REMOVE).execute(Tuple.of(utc(now), most)).map(rows -> rows.rowCount());
    }

    private static Future<Boolean> changed(SqlClient client, String sql, Tuple values) {
        return client.preparedQuery(sql).execute(values).map(rows -> rows.rowCount() == 1);
    }
}
