package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks up where in the queue the executions of a span of time are. */
final class SpanStore {
    /**
     * What was executed, was so after its task was made and before that has ended. Queue numbers and the times of creation go
     * up together, but not to the second: they come from the clocks of several nodes and from transactions of several
     * lengths. An hour of difference is allowed for. A task that took more than an hour is in an index of its own, in which
     * its times are.
     *
     * <p>A range is read as a whole for its first number: asked for the first, the planner walks all numbers from their start.
     */
    private static final String WINDOW = Database.PLANNED_EACH_TIME
            + """
            WITH edges AS MATERIALIZED (
                SELECT CASE WHEN $2::timestamptz IS NOT NULL THEN coalesce((
                           SELECT min(n.queue_no) FROM (
                               SELECT queue_no FROM execution_tasks
                               WHERE project_id = $1 AND created_at > $2 AND created_at <= interval '2 hours' + (
                                   SELECT created_at FROM execution_tasks WHERE project_id = $1 AND created_at > $2
                                   ORDER BY created_at LIMIT 1)
                               OFFSET 0) AS n), 9223372036854775807) END AS first,
                       CASE WHEN $3::timestamptz IS NOT NULL THEN coalesce((
                           SELECT max(n.queue_no) FROM (
                               SELECT queue_no FROM execution_tasks
                               WHERE project_id = $1 AND created_at < $3 AND created_at >= (
                                   SELECT created_at FROM execution_tasks WHERE project_id = $1 AND created_at < $3
                                   ORDER BY created_at DESC LIMIT 1) - interval '2 hours'
                               OFFSET 0) AS n), 0) END AS last
            )
            SELECT first, last, ARRAY(
                SELECT t.queue_no FROM execution_tasks t
                WHERE t.project_id = $1 AND t.created_at > $2::timestamptz - interval '2 hours' AND t.created_at <= $2
                  AND (coalesce(t.end_time, 'infinity') > $2 OR t.queue_no >= first)
                UNION
                SELECT t.queue_no FROM execution_tasks t
                WHERE t.project_id = $1 AND t.created_at >= $3::timestamptz - interval '2 hours' AND t.created_at < $3
                  AND coalesce(t.end_time, 'infinity') >= $3
                UNION
                SELECT t.queue_no FROM execution_tasks t
                WHERE t.project_id = $1 AND t.created_at >= $3 AND t.created_at < $3::timestamptz + interval '2 hours'
                  AND t.queue_no <= last
                UNION
                SELECT t.queue_no FROM execution_tasks t
                WHERE t.project_id = $1 AND (t.end_time IS NULL OR t.end_time - t.created_at > interval '1 hour')
                  AND (t.created_at <= $2 AND coalesce(t.end_time, 'infinity') > $2
                       OR t.created_at < $3 AND coalesce(t.end_time, 'infinity') >= $3)
                  AND ($3::timestamptz IS NULL OR t.created_at < $3)) AS partly
            FROM edges
            """;

    Future<QueueWindow> window(SqlClient sql, String projectId, @Nullable Instant after, @Nullable Instant before) {
        return after == null && before == null
                ? Future.succeededFuture(QueueWindow.ALL)
                : sql.preparedQuery(WINDOW)
                        .execute(Tuple.of(projectId)
                                .addOffsetDateTime(orNull(after))
                                .addOffsetDateTime(orNull(before)))
                        .map(rows -> window(rows.iterator().next()));
    }

    private static QueueWindow window(Row row) {
        Long first = row.getLong("first");
        Long last = row.getLong("last");
        return new QueueWindow(
                first == null ? Long.MIN_VALUE : first - 1,
                last == null ? Long.MAX_VALUE : last + 1,
                List.of(row.getArrayOfLongs("partly")));
    }

    private static @Nullable OffsetDateTime orNull(@Nullable Instant instant) {
        return instant == null ? null : Rows.utc(instant);
    }
}
