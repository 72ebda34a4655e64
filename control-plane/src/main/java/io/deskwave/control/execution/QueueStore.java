package io.deskwave.control.execution;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Looks up what a filter means, before a list is read: places in the queue for desktops and tasks, versions of scripts for names. */
final class QueueStore {
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

    /** Holds the newest {@code bound} records of the desktops, if they have so many, and not many more. */
    Future<QueueWindow> newest(SqlClient sql, String projectId, Collection<UUID> desktopIds, long bound) {
        return sql.preparedQuery(Database.PLANNED_EACH_TIME + FAR_ENOUGH)
                .execute(Tuple.of(projectId)
                        .addArrayOfUUID(desktopIds.toArray(UUID[]::new))
                        .addLong(bound))
                .map(rows -> rows.iterator().next().getLong("number"))
                .map(number -> new QueueWindow(number - 1, Long.MAX_VALUE, List.of()));
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
