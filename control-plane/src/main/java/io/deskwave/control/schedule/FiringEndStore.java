package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.utc;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Firings end with what they made. Of a task's firings the last planned that has ended gives it its last status. */
final class FiringEndStore {
    /** What was retried after its end counts as it ended then. */
    private static final String END =
            """
            WITH ended AS (
                SELECT f.id, t.success_num, t.failed_num, t.skip_num, t.end_time
                FROM scheduled_task_firings f JOIN execution_tasks t ON t.id = f.execution_task_id
                WHERE f.status = 'RUNNING' AND t.end_time IS NOT NULL
                UNION
                SELECT f.id, t.success_num, t.failed_num, t.skip_num, t.end_time
                FROM execution_tasks t JOIN scheduled_task_firings f ON f.execution_task_id = t.id
                WHERE t.id = ANY ($2) AND t.end_time IS NOT NULL AND f.end_time IS DISTINCT FROM t.end_time
                UNION
                SELECT f.id, n.success_num, n.failed_num, n.skip_num, j.end_time
                FROM scheduled_task_firings f JOIN jobs j ON j.id = f.job_id CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE s.status = 'SUCCESS') AS success_num,
                           count(*) FILTER (WHERE s.status = 'FAILED' AND s.error_code <> $3) AS failed_num,
                           count(*) FILTER (WHERE s.status = 'FAILED' AND s.error_code = $3) AS skip_num
                    FROM sub_jobs s WHERE s.job_id = j.id) AS n
                WHERE f.status = 'RUNNING' AND j.end_time IS NOT NULL
                UNION
                SELECT f.id, 0, 0, 0, $1 FROM scheduled_task_firings f
                WHERE f.status = 'RUNNING' AND f.started_at IS NOT NULL AND f.execution_task_id IS NULL AND f.job_id IS NULL
            ), locked AS (
                SELECT f.id FROM scheduled_task_firings f WHERE f.id IN (SELECT id FROM ended LIMIT $4)
                FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE scheduled_task_firings f
            SET success_num = e.success_num, failed_num = e.failed_num, skip_num = e.skip_num, end_time = e.end_time,
                status = CASE WHEN e.failed_num > 0 THEN 'FAIL' WHEN e.success_num > 0 THEN 'SUCCESS' ELSE 'SKIP' END
            FROM ended e JOIN locked ON locked.id = e.id
            WHERE f.id = e.id AND f.end_time IS DISTINCT FROM e.end_time
            RETURNING f.task_id""";

    /** Ended not long ago, and their executions have ended again since. */
    private static final String FIND_CHANGED =
            """
            SELECT t.id FROM scheduled_task_firings f JOIN execution_tasks t ON t.id = f.execution_task_id
            WHERE f.end_time > $1 AND t.end_time <> f.end_time LIMIT 10000""";

    private static final String LOCK_TASKS =
            "SELECT FROM scheduled_tasks WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

    /** A statement of its own after the lock: so it sees what whoever held the lock has written. */
    private static final String TELL_TASKS =
            """
            UPDATE scheduled_tasks t SET last_status = (
                SELECT f.status FROM scheduled_task_firings f WHERE f.task_id = t.id AND f.status <> 'RUNNING'
                ORDER BY f.planned_at DESC LIMIT 1)
            WHERE t.id = ANY ($1)""";

    /** @param firings how many were ended */
    record Ended(Set<UUID> taskIds, int firings) {
        Ended {
            taskIds = Set.copyOf(taskIds);
        }
    }

    /**
     * The scheduled tasks of the firings that were ended, so many firings at most.
     *
     * @param changed execution tasks that may have ended again
     * @param notApplicable the error code of a piece of a job that counts as skipped
     */
    Future<Ended> end(SqlClient client, Collection<UUID> changed, String notApplicable, Instant now, int most) {
        return client.preparedQuery(END)
                .execute(Tuple.of(utc(now))
                        .addArrayOfUUID(changed.toArray(UUID[]::new))
                        .addString(notApplicable)
                        .addInteger(most))
                .map(rows -> new Ended(ids(rows, "task_id"), rows.rowCount()));
    }

    Future<Set<UUID>> findChanged(SqlClient client, Instant since) {
        return client.preparedQuery(FIND_CHANGED).execute(Tuple.of(utc(since))).map(rows -> ids(rows, "id"));
    }

    private static Set<UUID> ids(RowSet<Row> rows, String column) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> row.getUUID(column))
                .collect(Collectors.toSet());
    }

    Future<Void> tellTasks(SqlClient client, Set<UUID> taskIds) {
        Tuple ids = Tuple.tuple().addArrayOfUUID(taskIds.toArray(UUID[]::new));
        return client.preparedQuery(LOCK_TASKS)
                .execute(ids)
                .compose(locked -> client.preparedQuery(TELL_TASKS).execute(ids))
                .mapEmpty();
    }
}
