package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.utc;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;

/** Deletes what was kept long enough; what another node deletes is passed over. */
final class FiringPruneStore {
    private static final String DELETE_FIRINGS =
            """
            DELETE FROM scheduled_task_firings WHERE id IN (
                SELECT id FROM scheduled_task_firings WHERE end_time < $1
                ORDER BY end_time LIMIT $2 FOR UPDATE SKIP LOCKED)""";

    private static final String DELETE_TASKS =
            """
            DELETE FROM scheduled_tasks WHERE id IN (
                SELECT id FROM scheduled_tasks t WHERE deleted_at < $1
                  AND NOT EXISTS (SELECT FROM scheduled_task_firings f WHERE f.task_id = t.id)
                LIMIT $2 FOR UPDATE SKIP LOCKED)""";

    Future<Integer> deleteFirings(SqlClient client, Instant before, int most) {
        return client.preparedQuery(DELETE_FIRINGS)
                .execute(Tuple.of(utc(before), most))
                .map(SqlResult::rowCount);
    }

    /** Those that were deleted before and have no firing left. */
    Future<Integer> deleteTasks(SqlClient client, Instant before, int most) {
        return client.preparedQuery(DELETE_TASKS)
                .execute(Tuple.of(utc(before), most))
                .map(SqlResult::rowCount);
    }
}
