package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes waiting records for the desktops that are connected to a node, one a desktop, in one statement that never waits. A
 * claim is made once for an attempt: what was claimed and not heard of is told to the agent again, with the same number.
 */
final class ClaimStore {
    /**
     * Of the desktops of a node that are not taken, each one's first released record; oldest task first. The second look is a
     * CASE so that it goes by the primary key: the partial indexes over waiting records look empty to the planner whenever
     * it last counted them between two tasks, and reading one of them once a record takes time by the square.
     */
    private static final String CLAIM =
            """
            WITH first AS MATERIALIZED (
                SELECT DISTINCT ON (r.desktop_id) r.id
                FROM desktops d
                JOIN execution_records r ON r.desktop_id = d.id
                WHERE d.node_id = $1 AND r.status = 'WAITING' AND r.open AND NOT r.busy
                  AND NOT EXISTS (SELECT FROM execution_records b WHERE b.desktop_id = d.id AND b.busy)
                ORDER BY r.desktop_id, r.queue_no, r.script_index
            ), locked AS (
                SELECT r.id FROM first JOIN execution_records r ON r.id = first.id
                WHERE CASE r.status WHEN 'WAITING' THEN r.open AND NOT r.busy ELSE false END
                ORDER BY r.queue_no, r.id
                LIMIT $3
                FOR UPDATE OF r SKIP LOCKED
            )
            UPDATE execution_records r
            SET busy = true, attempt = r.attempt + 1, claimed_at = $2,
                deadline = greatest(r.deadline, $2::timestamptz + interval '1 minute'),
                changed_xid = pg_current_xact_id()
            FROM locked WHERE r.id = locked.id
            RETURNING r.id
            """;

    private static final String ASSIGNMENT =
            """
            SELECT r.id, r.task_id, r.desktop_id, r.attempt, r.status, r.pre_start_state, r.post_finish_state, r.step_boot_id,
                   r.stop_requested_at IS NOT NULL AS stop_requested,
                   coalesce(s.type, t.command_type) AS script_type, ts.script_id, coalesce(ts.version_no, 0) AS version_no,
                   t.execution_timeout, t.pre_start, t.post_finish, d.boot_id, d.script_types
            FROM execution_records r
            JOIN execution_tasks t ON t.id = r.task_id
            JOIN desktops d ON d.id = r.desktop_id
            LEFT JOIN execution_task_scripts ts ON ts.task_id = r.task_id AND ts.script_index = r.script_index
            LEFT JOIN scripts s ON s.id = ts.script_id
            """;

    private static final String GET_CLAIMED = ASSIGNMENT + " WHERE r.id = ANY($1)";

    private static final String FIND_OF_DESKTOP = ASSIGNMENT + " WHERE r.desktop_id = $1 AND r.busy";

    /** Where the agent has to be told something that is not a new script. */
    private static final String LIST_ATTENTION = ASSIGNMENT
            + """
            WHERE d.node_id = $1 AND r.busy
              AND (r.post_finish_state = 'PENDING'
                   OR (r.stop_requested_at IS NOT NULL AND r.status IN ('WAITING', 'RUNNING')))
            """;

    private static final String COMMAND = "SELECT command_content FROM execution_tasks WHERE id = $1";

    private static final String ORDER_PRE_START =
            """
            UPDATE execution_records
            SET pre_start_state = 'SENT', step_boot_id = $3, deadline = greatest(deadline, $4),
                changed_xid = pg_current_xact_id()
            WHERE id = $1 AND attempt = $2 AND status = 'WAITING' AND busy AND pre_start_state = 'PENDING'
            """;

    private static final String END_PRE_START =
            """
            UPDATE execution_records
            SET pre_start_state = 'DONE', deadline = greatest(deadline, $3::timestamptz + interval '1 minute'),
                changed_xid = pg_current_xact_id()
            WHERE id = $1 AND attempt = $2 AND status = 'WAITING' AND busy AND pre_start_state IN ('PENDING', 'SENT')
            """;

    private static final String FAIL_PRE_START =
            """
            UPDATE execution_records
            SET pre_start_state = 'FAILED', step_reason = $3, changed_xid = pg_current_xact_id()
            WHERE id = $1 AND attempt = $2 AND status = 'WAITING' AND busy AND pre_start_state = 'SENT'
            """;

    private static final String ORDER_POST_FINISH =
            """
            UPDATE execution_records
            SET post_finish_state = 'SENT', step_boot_id = $3, changed_xid = pg_current_xact_id()
            WHERE id = $1 AND attempt = $2 AND busy AND post_finish_state = 'PENDING'
            """;

    private static final String END_POST_FINISH =
            """
            UPDATE execution_records
            SET post_finish_state = $3, step_reason = $4, busy = false, step_deadline = NULL,
                changed_xid = pg_current_xact_id()
            WHERE id = $1 AND attempt = $2 AND busy AND post_finish_state IN ('PENDING', 'SENT')
            RETURNING task_id
            """;

    private static final String EXPIRE_STEPS =
            """
            UPDATE execution_records
            SET post_finish_state = 'FAILED', busy = false, step_deadline = NULL,
                step_reason = 'no proof within the time for it', changed_xid = pg_current_xact_id()
            WHERE id IN (
                SELECT id FROM execution_records
                WHERE busy AND post_finish_state IN ('PENDING', 'SENT') AND step_deadline < $1
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING task_id
            """;

    /**
     * Overdue: claimed or running without news; or released and waiting for a desktop that is neither busy nor connected. A
     * desktop that is busy gets the time its present record takes, which has a deadline of its own; one that is connected is
     * about to be claimed for, and one that was connected just now gets a minute to come back.
     */
    private static final String LIST_OVERDUE =
            """
            SELECT r.id, r.task_id FROM execution_records r
            JOIN desktops d ON d.id = r.desktop_id
            WHERE r.deadline < $1 AND r.status IN ('WAITING', 'RUNNING') AND r.open
              AND (r.busy
                   OR (d.node_id IS NULL
                       AND (d.last_seen_at IS NULL OR d.last_seen_at < $1::timestamptz - interval '1 minute')
                       AND NOT EXISTS (
                           SELECT FROM execution_records b WHERE b.desktop_id = r.desktop_id AND b.busy)))
            ORDER BY r.deadline
            LIMIT $2
            """;

    private static final String LIST_OF_DESKTOP =
            """
            SELECT id, task_id FROM execution_records
            WHERE desktop_id = $1 AND status IN ('WAITING', 'RUNNING')
            """;

    private static final String FREE_DESKTOP =
            """
            UPDATE execution_records
            SET busy = false, post_finish_state = CASE WHEN post_finish_state IS NULL THEN NULL ELSE 'FAILED' END,
                step_deadline = NULL, step_reason = 'the desktop was deleted', changed_xid = pg_current_xact_id()
            WHERE desktop_id = $1 AND busy AND status IN ('SUCCESS', 'FAILED', 'SKIP')
            """;

    /** The claimed records. Their agents do not know yet. */
    Future<List<UUID>> claim(SqlClient sql, UUID nodeId, int limit, Instant now) {
        return sql.preparedQuery(CLAIM)
                .execute(Tuple.of(nodeId, utc(now), limit))
                .map(rows -> ids(rows, "id"));
    }

    Future<List<Assignment>> get(SqlClient sql, Collection<UUID> recordIds) {
        return sql.preparedQuery(GET_CLAIMED)
                .execute(Tuple.of(recordIds.toArray(UUID[]::new)))
                .map(ClaimStore::assignments);
    }

    /** What a desktop is taken by: one record or none. */
    Future<List<Assignment>> findOfDesktop(SqlClient sql, UUID desktopId) {
        return sql.preparedQuery(FIND_OF_DESKTOP).execute(Tuple.of(desktopId)).map(ClaimStore::assignments);
    }

    Future<List<Assignment>> listAttention(SqlClient sql, UUID nodeId) {
        return sql.preparedQuery(LIST_ATTENTION).execute(Tuple.of(nodeId)).map(ClaimStore::assignments);
    }

    Future<String> getCommand(SqlClient sql, UUID taskId) {
        return sql.preparedQuery(COMMAND)
                .execute(Tuple.of(taskId))
                .map(rows -> rows.iterator().next().getString("command_content"));
    }

    Future<Boolean> orderPreStart(SqlClient sql, Assignment a, Instant deadline) {
        return changed(sql, ORDER_PRE_START, Tuple.of(a.recordId(), a.attempt(), a.bootId(), utc(deadline)));
    }

    Future<Boolean> endPreStart(SqlClient sql, Assignment a, Instant now) {
        return changed(sql, END_PRE_START, Tuple.of(a.recordId(), a.attempt(), utc(now)));
    }

    Future<Boolean> failPreStart(SqlClient sql, UUID recordId, int attempt, String reason) {
        return changed(sql, FAIL_PRE_START, Tuple.of(recordId, attempt, RecordStore.storable(reason)));
    }

    Future<Boolean> orderPostFinish(SqlClient sql, Assignment a) {
        return changed(sql, ORDER_POST_FINISH, Tuple.of(a.recordId(), a.attempt(), a.bootId()));
    }

    /** Answers the task of the record, or nothing when the step was not under way. */
    Future<List<UUID>> endPostFinish(SqlClient sql, UUID recordId, int attempt, StepState state, String reason) {
        return sql.preparedQuery(END_POST_FINISH)
                .execute(Tuple.of(recordId, attempt, state.name(), RecordStore.storable(reason)))
                .map(rows -> ids(rows, "task_id"));
    }

    Future<List<UUID>> expireSteps(SqlClient sql, Instant now) {
        return sql.preparedQuery(EXPIRE_STEPS).execute(Tuple.of(utc(now))).map(rows -> ids(rows, "task_id"));
    }

    Future<List<UUID>> listOverdue(SqlClient sql, Instant now, int limit) {
        return sql.preparedQuery(LIST_OVERDUE)
                .execute(Tuple.of(utc(now), limit))
                .map(rows -> ids(rows, "id"));
    }

    Future<List<UUID>> listOfDesktop(SqlClient sql, UUID desktopId) {
        return sql.preparedQuery(LIST_OF_DESKTOP).execute(Tuple.of(desktopId)).map(rows -> ids(rows, "id"));
    }

    Future<Integer> freeDesktop(SqlClient sql, UUID desktopId) {
        return sql.preparedQuery(FREE_DESKTOP).execute(Tuple.of(desktopId)).map(RowSet::rowCount);
    }

    private static Future<Boolean> changed(SqlClient sql, String statement, Tuple values) {
        return sql.preparedQuery(statement).execute(values).map(rows -> rows.rowCount() == 1);
    }

    private static List<UUID> ids(RowSet<Row> rows, String column) {
        var ids = new ArrayList<UUID>(rows.size());
        rows.forEach(row -> ids.add(row.getUUID(column)));
        return ids;
    }

    private static List<Assignment> assignments(RowSet<Row> rows) {
        var assignments = new ArrayList<Assignment>(rows.size());
        for (Row row : rows) {
            assignments.add(new Assignment(
                    row.getUUID("id"),
                    row.getUUID("task_id"),
                    row.getUUID("desktop_id"),
                    row.getInteger("attempt"),
                    RecordStatus.valueOf(row.getString("status")),
                    ScriptType.valueOf(row.getString("script_type")),
                    row.getUUID("script_id"),
                    row.getInteger("version_no"),
                    row.getInteger("execution_timeout"),
                    row.getBoolean("stop_requested"),
                    row.getString("pre_start"),
                    state(row.getString("pre_start_state")),
                    row.getString("post_finish"),
                    state(row.getString("post_finish_state")),
                    row.getString("step_boot_id"),
                    row.getString("boot_id"),
                    Set.of(row.getArrayOfStrings("script_types"))));
        }
        return assignments;
    }

    private static @Nullable StepState state(@Nullable String name) {
        return name == null ? null : StepState.valueOf(name);
    }
}
