package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.execution.Assignment.StepState;
import io.vertx.core.Future;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The power steps around a script: those of records that desktops are taken by. */
final class StepStore {
    /** The row of the queue first, then the record: everybody's order. */
    private static final String ORDER_PRE_START =
            """
            WITH ordered AS (
                UPDATE record_work w SET step_boot_id = $3, deadline = greatest(w.deadline, $4)
                FROM execution_records r
                WHERE w.record_id = $1 AND w.attempt = $2 AND w.busy
                  AND r.id = w.record_id AND r.status = 'WAITING' AND r.pre_start_state = 'PENDING'
                RETURNING w.record_id)
            UPDATE execution_records r SET pre_start_state = 'SENT', changed_xid = pg_current_xact_id()
            FROM ordered o WHERE r.id = o.record_id AND r.status = 'WAITING' AND r.pre_start_state = 'PENDING'
            """;

    private static final String END_PRE_START =
            """
            WITH proven AS (
                UPDATE record_work w SET deadline = greatest(w.deadline, $3::timestamptz + interval '1 minute')
                FROM execution_records r
                WHERE w.record_id = $1 AND w.attempt = $2 AND w.busy
                  AND r.id = w.record_id AND r.status = 'WAITING' AND r.pre_start_state IN ('PENDING', 'SENT')
                RETURNING w.record_id)
            UPDATE execution_records r SET pre_start_state = 'DONE', changed_xid = pg_current_xact_id()
            FROM proven p WHERE r.id = p.record_id AND r.status = 'WAITING' AND r.pre_start_state IN ('PENDING', 'SENT')
            """;

    private static final String FAIL_PRE_START =
            """
            UPDATE execution_records r
            SET pre_start_state = 'FAILED', step_reason = $3, changed_xid = pg_current_xact_id()
            FROM record_work w
            WHERE r.id = $1 AND r.status = 'WAITING' AND r.pre_start_state = 'SENT'
              AND w.record_id = r.id AND w.attempt = $2 AND w.busy
            """;

    private static final String ORDER_POST_FINISH =
            """
            WITH ordered AS (
                UPDATE record_work w SET step_boot_id = $3
                FROM execution_records r
                WHERE w.record_id = $1 AND w.attempt = $2 AND w.busy
                  AND r.id = w.record_id AND r.post_finish_state = 'PENDING'
                RETURNING w.record_id)
            UPDATE execution_records r SET post_finish_state = 'SENT', changed_xid = pg_current_xact_id()
            FROM ordered o WHERE r.id = o.record_id AND r.post_finish_state = 'PENDING'
            """;

    private static final String END_POST_FINISH =
            """
            WITH freed AS (
                DELETE FROM record_work w USING execution_records r
                WHERE w.record_id = $1 AND w.attempt = $2 AND w.busy
                  AND r.id = w.record_id AND r.post_finish_state IN ('PENDING', 'SENT')
                RETURNING w.record_id)
            UPDATE execution_records r
            SET post_finish_state = $3, step_reason = $4, changed_xid = pg_current_xact_id()
            FROM freed f WHERE r.id = f.record_id
            RETURNING r.task_id
            """;

    private static final String EXPIRE_STEPS =
            """
            WITH freed AS (
                DELETE FROM record_work WHERE record_id IN (
                    SELECT record_id FROM record_work WHERE busy AND step_deadline < $1
                    ORDER BY record_id FOR UPDATE SKIP LOCKED)
                RETURNING record_id)
            UPDATE execution_records r
            SET post_finish_state = 'FAILED', step_reason = 'no proof within the time for it',
                changed_xid = pg_current_xact_id()
            FROM freed f WHERE r.id = f.record_id
            RETURNING r.task_id
            """;

    private static final String FREE_DESKTOP =
            """
            WITH freed AS (
                DELETE FROM record_work WHERE desktop_id = $1 AND step_deadline IS NOT NULL RETURNING record_id)
            UPDATE execution_records r
            SET post_finish_state = CASE WHEN post_finish_state IS NULL THEN NULL ELSE 'FAILED' END,
                step_reason = $2, changed_xid = pg_current_xact_id()
            FROM freed f WHERE r.id = f.record_id
            """;

    Future<Boolean> orderPreStart(SqlClient sql, Assignment a, Instant deadline) {
        return changed(sql, ORDER_PRE_START, Tuple.of(a.recordId(), a.attempt(), a.bootId(), utc(deadline)));
    }

    Future<Boolean> endPreStart(SqlClient sql, Assignment a, Instant now) {
        return changed(sql, END_PRE_START, Tuple.of(a.recordId(), a.attempt(), utc(now)));
    }

    Future<Boolean> failPreStart(SqlClient sql, UUID recordId, int attempt, String reason) {
        return changed(sql, FAIL_PRE_START, Tuple.of(recordId, attempt, ProgressStore.storable(reason)));
    }

    Future<Boolean> orderPostFinish(SqlClient sql, Assignment a) {
        return changed(sql, ORDER_POST_FINISH, Tuple.of(a.recordId(), a.attempt(), a.bootId()));
    }

    /** Answers the task of the record, or nothing when the step was not under way. */
    Future<List<UUID>> endPostFinish(SqlClient sql, UUID recordId, int attempt, StepState state, String reason) {
        return sql.preparedQuery(END_POST_FINISH)
                .execute(Tuple.of(recordId, attempt, state.name(), ProgressStore.storable(reason)))
                .map(rows -> Rows.ids(rows, "task_id"));
    }

    Future<List<UUID>> expireSteps(SqlClient sql, Instant now) {
        return sql.preparedQuery(EXPIRE_STEPS).execute(Tuple.of(utc(now))).map(rows -> Rows.ids(rows, "task_id"));
    }

    Future<Integer> freeDesktop(SqlClient sql, UUID desktopId, String why) {
        return sql.preparedQuery(FREE_DESKTOP).execute(Tuple.of(desktopId, why)).map(RowSet::rowCount);
    }

    private static Future<Boolean> changed(SqlClient sql, String statement, Tuple values) {
        return sql.preparedQuery(statement).execute(values).map(rows -> rows.rowCount() == 1);
    }
}
