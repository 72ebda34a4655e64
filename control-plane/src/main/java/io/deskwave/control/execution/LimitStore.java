package io.deskwave.control.execution;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Counts what has not ended, no further than a bound needs: each part by an index that holds little else. */
final class LimitStore {
    private static final String COUNT_OPEN_TASKS =
            """
            SELECT count(*) AS open FROM (
                SELECT 1 FROM execution_tasks
                WHERE project_id = $1 AND status IN ('WAITING', 'RUNNING') LIMIT $2) AS counted
            """;

    /** As many records of one desktop as there can be at most that have not ended. */
    private static final String COUNT_SCRIPTS =
            """
            SELECT coalesce(sum(greatest(1, s.scripts)), 0)::bigint AS scripts
            FROM (SELECT id FROM execution_tasks
                  WHERE project_id = $1 AND status IN ('WAITING', 'RUNNING') LIMIT $2) AS t
            CROSS JOIN LATERAL (SELECT count(*) AS scripts FROM execution_task_scripts s WHERE s.task_id = t.id) AS s
            """;

    /** Released and waiting, or running, or of a batch that was not released: every record that has not ended is one. */
    private static final String FIND_CROWDED =
            """
            SELECT d.computer_name, q.records, count(*) OVER () AS desktops
            FROM unnest($1::uuid[]) AS n (id)
            JOIN desktops d ON d.id = n.id
            CROSS JOIN LATERAL (SELECT count(*) AS records FROM (
                (SELECT 1 FROM record_work w WHERE w.desktop_id = n.id AND w.open AND NOT w.busy LIMIT $2 + 1)
                UNION ALL
                (SELECT 1 FROM record_work w WHERE w.desktop_id = n.id AND w.busy)
                UNION ALL
                (SELECT 1 FROM record_work w WHERE w.desktop_id = n.id AND NOT w.open LIMIT $2 + 1)) AS each) AS q
            WHERE q.records + $3 > $2
            ORDER BY q.records DESC, d.computer_name, d.id LIMIT 3
            """;

    /** So many at most of each that has any. */
    private static final String COUNT_RECORDS =
            """
            SELECT d.id, d.computer_name, q.records
            FROM unnest($1::uuid[]) AS n (id)
            JOIN desktops d ON d.id = n.id
            CROSS JOIN LATERAL (SELECT count(*) AS records FROM (
                (SELECT 1 FROM record_work w WHERE w.desktop_id = n.id AND w.open AND NOT w.busy LIMIT $2)
                UNION ALL
                (SELECT 1 FROM record_work w WHERE w.desktop_id = n.id AND w.busy)
                UNION ALL
                (SELECT 1 FROM record_work w WHERE w.desktop_id = n.id AND NOT w.open LIMIT $2)) AS each) AS q
            WHERE q.records > 0
            """;

    private static final String LIST_DESKTOPS = "SELECT DISTINCT desktop_id FROM record_work WHERE record_id = ANY($1)";

    /** The first few of the desktops that have too much, by name, and how many there are. */
    record Crowded(List<String> names, long desktops, long records) {}

    /** At most so many. */
    Future<Long> countOpenTasks(SqlClient sql, String projectId, int most) {
        return sql.preparedQuery(COUNT_OPEN_TASKS)
                .execute(Tuple.of(projectId, (long) most))
                .map(rows -> rows.iterator().next().getLong("open"));
    }

    /** Of the scripts of open tasks, of at most so many tasks. */
    Future<Long> countScripts(SqlClient sql, String projectId, int most) {
        return sql.preparedQuery(COUNT_SCRIPTS)
                .execute(Tuple.of(projectId, (long) most))
                .map(rows -> rows.iterator().next().getLong("scripts"));
    }

    /** Those that would have more than {@code most} records with {@code more} of them. */
    Future<Crowded> findCrowded(SqlClient sql, Collection<UUID> desktopIds, int most, int more) {
        return sql.preparedQuery(FIND_CROWDED)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(desktopIds.toArray(UUID[]::new))
                        .addLong((long) most)
                        .addLong((long) more))
                .map(rows -> {
                    var names = new ArrayList<String>();
                    long desktops = 0;
                    long records = 0;
                    for (var row : rows) {
                        names.add(row.getString("computer_name"));
                        desktops = row.getLong("desktops");
                        records = Math.max(records, row.getLong("records"));
                    }
                    return new Crowded(List.copyOf(names), desktops, records);
                });
    }

    /** A desktop, and how many records wait or run there. */
    record Load(String name, long records) {}

    /** Of the desktops that have any, no further than {@code most}. */
    Future<Map<UUID, Load>> countRecords(SqlClient sql, Collection<UUID> desktopIds, int most) {
        return sql.preparedQuery(COUNT_RECORDS)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(desktopIds.toArray(UUID[]::new))
                        .addLong((long) most))
                .map(rows -> {
                    Map<UUID, Load> loads = new HashMap<>();
                    rows.forEach(row -> loads.put(
                            row.getUUID("id"), new Load(row.getString("computer_name"), row.getLong("records"))));
                    return loads;
                });
    }

    /** Of records that are under way. */
    Future<List<UUID>> listDesktops(SqlClient sql, Collection<UUID> recordIds) {
        return sql.preparedQuery(LIST_DESKTOPS)
                .execute(Tuple.tuple().addArrayOfUUID(recordIds.toArray(UUID[]::new)))
                .map(rows -> Rows.ids(rows, "desktop_id"));
    }
}
