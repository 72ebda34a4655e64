package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.vertx.core.Future;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Removes what was kept long enough. The caller holds the locks of the tasks, which {@link #lock} gives. */
final class PruneStore {
    /** Any number that nobody else takes. */
    private static final long PRUNING = 0x6465736b77617665L;

    private static final String TRY_ALONE = "SELECT pg_try_advisory_xact_lock($1) AS alone";

    /**
     * The oldest that ended before an instant, with some thousand records together or one task alone. A task that somebody
     * works on is left for the next time; one that was put back to the start meanwhile is compared again under its lock.
     */
    private static final String LOCK =
            """
            SELECT t.id FROM execution_tasks t
            WHERE t.id IN (
                SELECT id FROM (
                    SELECT id, sum(total) OVER (ORDER BY end_time, id) - total AS earlier FROM (
                        SELECT id, total, end_time FROM execution_tasks
                        WHERE end_time IS NOT NULL AND end_time < $1 %1$s
                        ORDER BY end_time LIMIT 200) AS oldest) AS counted
                WHERE earlier < $2)
              AND end_time IS NOT NULL AND end_time < $1 %1$s
              AND NOT EXISTS (SELECT FROM record_work w WHERE w.task_id = t.id)
            ORDER BY t.id FOR UPDATE SKIP LOCKED
            """;

    private static final String LOCK_TASKS = LOCK.formatted("");
    private static final String LOCK_OUTPUT = LOCK.formatted("AND output_removed_at IS NULL");

    private static final String MARK_OUTPUT =
            """
            UPDATE record_outputs o SET removed_at = $2
            FROM execution_records r WHERE r.task_id = ANY($1) AND o.record_id = r.id AND o.removed_at IS NULL
            """;

    private static final String DELETE_CHUNKS =
            """
            DELETE FROM output_chunks WHERE (record_id, attempt, seq) IN (
                SELECT record_id, attempt, seq FROM output_chunks WHERE task_id = ANY($1) LIMIT $2)
            """;

    private static final String MARK_TASKS =
            "UPDATE execution_tasks SET output_removed_at = $2, output_bytes = 0 WHERE id = ANY($1)";

    /** With what hangs on them. */
    private static final String DELETE_RECORDS =
            """
            WITH gone AS (SELECT id FROM execution_records WHERE task_id = ANY($1) LIMIT $2),
                 attempts AS (DELETE FROM record_attempts WHERE record_id IN (SELECT id FROM gone)),
                 outputs AS (DELETE FROM record_outputs WHERE record_id IN (SELECT id FROM gone))
            DELETE FROM execution_records WHERE id IN (SELECT id FROM gone)
            """;

    private static final String DELETE_TASKS =
            """
            WITH scripts AS (DELETE FROM execution_task_scripts WHERE task_id = ANY($1)),
                 keys AS (DELETE FROM execution_request_keys WHERE task_id = ANY($1))
            DELETE FROM execution_tasks WHERE id = ANY($1)
            """;

    private static final String WEIGH =
            """
            UPDATE execution_tasks t
            SET output_bytes = (SELECT coalesce(sum(o.kept_bytes), 0)
                                FROM execution_records r JOIN record_outputs o ON o.record_id = r.id
                                WHERE r.task_id = t.id AND o.removed_at IS NULL)
            WHERE t.output_bytes IS NULL AND t.id IN (
                SELECT id FROM (
                    SELECT id, sum(total) OVER (ORDER BY end_time DESC, id) - total AS earlier FROM (
                        SELECT id, total, end_time FROM execution_tasks
                        WHERE end_time IS NOT NULL AND output_removed_at IS NULL AND output_bytes IS NULL
                        ORDER BY end_time DESC LIMIT 200) AS newest) AS counted
                WHERE earlier < $1)
            """;

    /** The end of the newest task whose output, with all newer, is more than so many bytes. */
    private static final String TOO_MUCH =
            """
            SELECT end_time FROM (
                SELECT end_time, sum(output_bytes) OVER (ORDER BY end_time DESC) AS bytes FROM execution_tasks
                WHERE end_time IS NOT NULL AND output_removed_at IS NULL) AS weighed
            WHERE bytes > $1 ORDER BY end_time DESC LIMIT 1
            """;

    /** Whether this transaction is the only one that prunes, on any node, until it ends. */
    Future<Boolean> tryAlone(SqlClient sql) {
        return sql.preparedQuery(TRY_ALONE)
                .execute(Tuple.of(PRUNING))
                .map(rows -> rows.iterator().next().getBoolean("alone"));
    }

    Future<List<UUID>> lockTasks(SqlClient sql, Instant before, long records) {
        return lock(sql, LOCK_TASKS, before, records);
    }

    Future<List<UUID>> lockOutput(SqlClient sql, Instant before, long records) {
        return lock(sql, LOCK_OUTPUT, before, records);
    }

    private static Future<List<UUID>> lock(SqlClient sql, String statement, Instant before, long records) {
        return sql.preparedQuery(statement)
                .execute(Tuple.of(utc(before), records))
                .map(rows -> Rows.ids(rows, "id"));
    }

    Future<Integer> markOutput(SqlClient sql, List<UUID> taskIds, Instant now) {
        return changed(sql, MARK_OUTPUT, tasks(taskIds).addOffsetDateTime(utc(now)));
    }

    Future<Integer> deleteChunks(SqlClient sql, List<UUID> taskIds, int limit) {
        return changed(sql, DELETE_CHUNKS, tasks(taskIds).addInteger(limit));
    }

    Future<Integer> markTasks(SqlClient sql, List<UUID> taskIds, Instant now) {
        return changed(sql, MARK_TASKS, tasks(taskIds).addOffsetDateTime(utc(now)));
    }

    /** Their output chunks have to be gone. */
    Future<Integer> deleteRecords(SqlClient sql, List<UUID> taskIds, int limit) {
        return changed(sql, DELETE_RECORDS, tasks(taskIds).addInteger(limit));
    }

    Future<Integer> deleteTasks(SqlClient sql, List<UUID> taskIds) {
        return changed(sql, DELETE_TASKS, tasks(taskIds));
    }

    /** Writes down how much output ended tasks have; answers how many tasks that were. */
    Future<Integer> weigh(SqlClient sql, long limit) {
        return changed(sql, WEIGH, Tuple.of(limit));
    }

    Future<Optional<Instant>> findTooMuch(SqlClient sql, long bytes) {
        return sql.preparedQuery(TOO_MUCH)
                .execute(Tuple.of(bytes))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator()
                                .next()
                                .getOffsetDateTime("end_time")
                                .toInstant()));
    }

    private static Tuple tasks(List<UUID> taskIds) {
        return Tuple.tuple().addArrayOfUUID(taskIds.toArray(UUID[]::new));
    }

    private static Future<Integer> changed(SqlClient sql, String statement, Tuple values) {
        return sql.preparedQuery(statement).execute(values).map(RowSet::rowCount);
    }
}
