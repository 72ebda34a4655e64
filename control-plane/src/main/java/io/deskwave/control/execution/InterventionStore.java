package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Statements behind stop and retry. The caller holds the locks of the tasks. */
final class InterventionStore {
    private static final String FIND_RECORDS =
            """
            SELECT id, task_id FROM execution_records
            WHERE project_id = $1 AND (id = $2 OR ($2 IS NULL AND task_id = $3))
            """;

    private static final String REQUEST_STOP =
            """
            UPDATE record_work
            SET stop_requested_at = $2, deadline = least(deadline, $2::timestamptz + interval '5 minutes')
            WHERE record_id = ANY($1) AND busy AND step_deadline IS NULL AND stop_requested_at IS NULL
            """;

    private static final String LIST_ENDED =
            """
            SELECT r.id FROM execution_records r
            JOIN desktops d ON d.id = r.desktop_id AND d.deleted_at IS NULL
            WHERE r.id = ANY($1) AND r.status IN ('FAILED', 'SKIP')
              AND NOT EXISTS (SELECT FROM record_work w WHERE w.record_id = r.id)
            ORDER BY r.id FOR NO KEY UPDATE OF r
            """;

    private static final String KEEP_ATTEMPTS =
            """
            INSERT INTO record_attempts (
                record_id, attempt, status, result_code, exit_code, reason, start_time, end_time, stdout_bytes, stderr_bytes)
            SELECT id, attempt, status, result_code, exit_code, reason, start_time, end_time, stdout_bytes, stderr_bytes
            FROM execution_records WHERE id = ANY($1)
            """;

    /** Takes the ended records out of the counters and puts them back to the start, as one statement. */
    private static final String REOPEN =
            """
            WITH before AS MATERIALIZED (
                SELECT r.id, r.task_id, r.batch, r.status FROM execution_records r
                WHERE r.id = ANY($1) AND r.status IN ('FAILED', 'SKIP')
            ), counted AS (
                SELECT b.task_id,
                       count(*) FILTER (WHERE b.status = 'FAILED') AS failed_num,
                       count(*) FILTER (WHERE b.status = 'SKIP') AS skip_num,
                       count(*) FILTER (WHERE b.batch = 1) AS gray_num,
                       count(*) FILTER (WHERE b.batch = 1 AND b.status = 'FAILED') AS gray_failed
                FROM before b GROUP BY b.task_id
            ), tasks AS (
                UPDATE execution_tasks t
                SET failed_num = t.failed_num - c.failed_num, skip_num = t.skip_num - c.skip_num,
                    gray_ended = t.gray_ended - c.gray_num, gray_failed = t.gray_failed - c.gray_failed,
                    gate = CASE WHEN c.gray_num > 0 THEN 'PENDING' ELSE t.gate END,
                    gate_reason = CASE WHEN c.gray_num > 0 THEN '' ELSE t.gate_reason END,
                    status = 'RUNNING', end_time = NULL, output_bytes = NULL, output_removed_at = NULL,
                    changed_xid = pg_current_xact_id()
                FROM counted c WHERE t.id = c.task_id
                RETURNING t.id, t.start_timeout, t.pre_start, t.gate
            ), reopened AS (
                UPDATE execution_records r
                SET status = 'WAITING',
                    result_code = NULL, exit_code = NULL, reason = '', start_time = NULL, end_time = NULL,
                    stdout_bytes = 0, stderr_bytes = 0, late_result = NULL,
                    pre_start_state = CASE WHEN t.pre_start IS NOT NULL AND r.script_index = 0 THEN 'PENDING' END,
                    post_finish_state = NULL, step_reason = '', changed_xid = pg_current_xact_id()
                FROM tasks t
                WHERE r.id = ANY($1) AND t.id = r.task_id AND r.status IN ('FAILED', 'SKIP')
                RETURNING r.id, r.task_id, r.desktop_id, r.queue_no, r.script_index, r.batch, r.attempt,
                          r.batch < 2 OR t.gate <> 'PENDING' AS open, t.start_timeout
            )
            INSERT INTO record_work (record_id, task_id, desktop_id, queue_no, script_index, batch, attempt, open, deadline)
            SELECT id, task_id, desktop_id, queue_no, script_index, batch,
                   greatest(attempt, (SELECT max(attempts_above) FROM restores)), open,
                   CASE WHEN open THEN $2::timestamptz + make_interval(mins => start_timeout) END
            FROM reopened
            """;

    /** A record and its task. */
    record Found(UUID recordId, UUID taskId) {}

    /** The records that a caller names by record or by task, in their project. */
    Future<List<Found>> find(SqlClient sql, String projectId, Interventions.Named named) {
        return sql.preparedQuery(FIND_RECORDS)
                .execute(Tuple.of(projectId, named.recordId(), named.taskId()))
                .map(rows -> {
                    var found = new ArrayList<Found>(rows.size());
                    rows.forEach(row -> found.add(new Found(row.getUUID("id"), row.getUUID("task_id"))));
                    return found;
                });
    }

    Future<Integer> requestStop(SqlClient sql, Collection<UUID> ids, Instant now) {
        return sql.preparedQuery(REQUEST_STOP)
                .execute(Tuple.of(ids.toArray(UUID[]::new), utc(now)))
                .map(RowSet::rowCount);
    }

    /** Those of these records that a retry can take: FAILED or SKIP, on desktops that still exist. */
    Future<List<UUID>> lockEnded(SqlClient sql, Collection<UUID> ids) {
        return sql.preparedQuery(LIST_ENDED)
                .execute(Tuple.of(ids.toArray(UUID[]::new)))
                .map(rows -> {
                    var ended = new ArrayList<UUID>(rows.size());
                    for (Row row : rows) {
                        ended.add(row.getUUID("id"));
                    }
                    return ended;
                });
    }

    Future<Integer> reopen(SqlClient sql, Collection<UUID> ids, Instant now) {
        UUID[] array = ids.toArray(UUID[]::new);
        return sql.preparedQuery(KEEP_ATTEMPTS)
                .execute(Tuple.of(array))
                .compose(kept -> sql.preparedQuery(REOPEN).execute(Tuple.of(array, utc(now))))
                .map(RowSet::rowCount);
    }
}
