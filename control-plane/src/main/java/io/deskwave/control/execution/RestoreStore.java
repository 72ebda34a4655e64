package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Which backups this database was restored from, and what a restored database holds as under way. */
final class RestoreStore {
    private static final String IS_NOTED = "SELECT EXISTS (SELECT FROM restores WHERE backup_time = $1)";

    /**
     * Seconds since the start of 2026: more than any attempt so far, since no record is claimed once a second all along, and
     * another number than after an earlier restore, of the same backup too, of which this database need not know. With a
     * clock that went back at least those that it knows are passed over.
     */
    private static final String NOTE =
            """
            INSERT INTO restores (backup_time, restored_at, attempts_above)
            SELECT $1::timestamptz, $2::timestamptz,
                   greatest(extract(epoch FROM $2::timestamptz - timestamptz '2026-01-01 00:00:00Z')::integer,
                            (SELECT max(attempts_above) + 1000000 FROM restores WHERE restored_at >= $2::timestamptz), 0)
            """;

    private static final String LIST_UNFINISHED_TASKS = "SELECT DISTINCT task_id FROM record_work ORDER BY task_id";

    private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtext('deskwave.restore'))";

    private static final String END_STEPS =
            """
            WITH freed AS (
                DELETE FROM record_work WHERE task_id = $1 AND step_deadline IS NOT NULL RETURNING record_id)
            UPDATE execution_records r
            SET post_finish_state = CASE WHEN post_finish_state IS NULL THEN NULL ELSE 'FAILED' END,
                step_reason = $2, changed_xid = pg_current_xact_id()
            FROM freed f WHERE r.id = f.record_id
            """;

    Future<Boolean> isNoted(SqlClient sql, Instant backup) {
        return sql.preparedQuery(IS_NOTED)
                .execute(Tuple.of(utc(backup)))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    Future<Void> note(SqlClient sql, Instant backup, Instant now) {
        return sql.preparedQuery(NOTE).execute(Tuple.of(utc(backup), utc(now))).mapEmpty();
    }

    Future<List<UUID>> listUnfinishedTasks(SqlClient sql) {
        return sql.preparedQuery(LIST_UNFINISHED_TASKS).execute().map(rows -> Rows.ids(rows, "task_id"));
    }

    Future<Void> lock(SqlConnection tx) {
        return tx.query(LOCK).execute().mapEmpty();
    }

    Future<Integer> endSteps(SqlClient sql, UUID taskId, String reason) {
        return sql.preparedQuery(END_STEPS).execute(Tuple.of(taskId, reason)).map(SqlResult::rowCount);
    }
}
