package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looks up what a filter means, before a list is read: places in the queue for times, versions of scripts for names. */
final class QueueStore {
    /**
     * Queue numbers and the times of creation go up together, but not to the second: they come from the clocks of several
     * nodes and from transactions of several lengths. An hour of difference is allowed for. What is older than that and
     * reaches into the span has taken more than an hour, and is in an index of its own.
     */
    private static final String WINDOW =
            """
            WITH span AS MATERIALIZED (
                SELECT CASE WHEN $2::timestamptz IS NOT NULL THEN coalesce((
                           SELECT queue_no FROM execution_tasks
                           WHERE project_id = $1 AND created_at <= $2::timestamptz - interval '2 hours'
                           ORDER BY created_at DESC, queue_no DESC LIMIT 1), 0) END AS above,
                       CASE WHEN $3::timestamptz IS NOT NULL THEN (
                           SELECT queue_no FROM execution_tasks
                           WHERE project_id = $1 AND created_at >= $3::timestamptz + interval '1 hour'
                           ORDER BY created_at, queue_no LIMIT 1) END AS below
            )
            SELECT above, below, ARRAY(
                SELECT t.queue_no FROM execution_tasks t
                WHERE t.project_id = $1 AND t.queue_no <= span.above
                  AND (t.end_time IS NULL OR t.end_time - t.created_at > interval '1 hour')
                  AND coalesce(t.end_time, 'infinity') > $2
                  AND ($3::timestamptz IS NULL OR t.created_at < $3)) AS earlier
            FROM span
            """;

    /** Of deleted scripts and of earlier versions too: a name is that of the version that was run. */
    private static final String VERSIONS =
            """
            SELECT script_id, version_no, always FROM (
                SELECT v.script_id, v.version_no, v.name ILIKE ANY($2) AS named,
                       bool_and(v.name ILIKE ANY($2)) OVER (PARTITION BY v.script_id) AS always
                FROM scripts s JOIN script_versions v ON v.script_id = s.id WHERE s.project_id = $1) AS v
            WHERE named
            """;

    /**
     * Three quarters of the desktops have records enough from there on; desktops of other projects have none. Without it all
     * records of all the desktops would be read, to show the newest.
     */
    private static final String FAR_ENOUGH =
            """
            WITH asked AS MATERIALIZED (SELECT id FROM desktops WHERE project_id = $1 AND id = ANY($2))
            SELECT coalesce(percentile_disc(0.75) WITHIN GROUP (ORDER BY coalesce(far.queue_no, 0) DESC), 0) AS number
            FROM asked LEFT JOIN LATERAL (
                SELECT r.queue_no FROM execution_records r WHERE r.desktop_id = asked.id
                ORDER BY r.queue_no DESC OFFSET (SELECT 4 * $3::bigint / (3 * count(*)) + 1 FROM asked) LIMIT 1) AS far
            ON true
            """;

    private static final String NUMBERS = "SELECT queue_no FROM execution_tasks WHERE project_id = $1 AND id = ANY($2)";

    /**
     * Versions of scripts, side by side.
     *
     * @param complete whether they are all versions of their scripts, so that nobody needs to look at the number
     */
    record Versions(List<UUID> scriptIds, List<Integer> versionNos, boolean complete) {
        boolean isEmpty() {
            return scriptIds.isEmpty();
        }

        UUID[] scripts() {
            return scriptIds.stream().distinct().toArray(UUID[]::new);
        }

        UUID[] ids() {
            return scriptIds.toArray(UUID[]::new);
        }

        Integer[] numbers() {
            return versionNos.toArray(Integer[]::new);
        }
    }

    Future<QueueWindow> window(SqlClient sql, String projectId, @Nullable Instant after, @Nullable Instant before) {
        if (after == null && before == null) {
            return Future.succeededFuture(QueueWindow.ALL);
        }
        return sql.preparedQuery(Database.PLANNED_EACH_TIME + WINDOW)
                .execute(Tuple.of(projectId).addOffsetDateTime(orNull(after)).addOffsetDateTime(orNull(before)))
                .map(rows -> window(rows.iterator().next()));
    }

    /** Holds the newest {@code bound} records of the desktops, if they have so many, and not many more. */
    Future<QueueWindow> newest(SqlClient sql, String projectId, Collection<UUID> desktopIds, long bound) {
        return sql.preparedQuery(Database.PLANNED_EACH_TIME + FAR_ENOUGH)
                .execute(Tuple.of(projectId)
                        .addArrayOfUUID(desktopIds.toArray(UUID[]::new))
                        .addLong(bound))
                .map(rows -> rows.iterator().next().getLong("number"))
                .map(number -> new QueueWindow(number - 1, Long.MAX_VALUE, List.of()));
    }

    private static QueueWindow window(Row row) {
        Long above = row.getLong("above");
        Long below = row.getLong("below");
        return new QueueWindow(
                above == null ? Long.MIN_VALUE : above,
                below == null ? Long.MAX_VALUE : below,
                List.of(row.getArrayOfLongs("earlier")));
    }

    private static @Nullable OffsetDateTime orNull(@Nullable Instant instant) {
        return instant == null ? null : utc(instant);
    }

    Future<Versions> findVersions(SqlClient sql, String projectId, Collection<String> nameParts) {
        String[] patterns = nameParts.stream().map(Conditions::containing).toArray(String[]::new);
        return sql.preparedQuery(VERSIONS)
                .execute(Tuple.tuple().addString(projectId).addArrayOfString(patterns))
                .map(rows -> {
                    var ids = new ArrayList<UUID>(rows.size());
                    var numbers = new ArrayList<Integer>(rows.size());
                    boolean complete = true;
                    for (Row row : rows) {
                        ids.add(row.getUUID("script_id"));
                        numbers.add(row.getInteger("version_no"));
                        complete &= row.getBoolean("always");
                    }
                    return new Versions(ids, numbers, complete);
                });
    }

    /** The queue numbers of those of the tasks that are in the project. */
    Future<List<Long>> findNumbers(SqlClient sql, String projectId, Collection<UUID> taskIds) {
        return sql.preparedQuery(NUMBERS)
                .execute(Tuple.tuple().addString(projectId).addArrayOfUUID(taskIds.toArray(UUID[]::new)))
                .map(rows -> {
                    var numbers = new ArrayList<Long>(rows.size());
                    rows.forEach(row -> numbers.add(row.getLong("queue_no")));
                    return numbers;
                });
    }
}
