package io.deskwave.control.execution;

import io.deskwave.control.db.Conditions;
import io.vertx.core.Future;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How many tasks and records there are, without counting them: from maintained totals, and from the tasks' own counters. */
final class TotalStore {
    private static final String TOTALS =
            """
            SELECT coalesce(sum(tasks), 0)::bigint AS tasks, coalesce(sum(records), 0)::bigint AS records,
                   coalesce(sum(gray_records), 0)::bigint AS gray
            FROM execution_totals""";

    private static final String COUNTERS =
            """
            SELECT coalesce(sum(total), 0)::bigint AS total, coalesce(sum(success_num), 0)::bigint AS success,
                   coalesce(sum(failed_num), 0)::bigint AS failed, coalesce(sum(skip_num), 0)::bigint AS skip
            FROM execution_tasks t""";

    /** Each insert and delete of tasks leaves a row; all but what came meanwhile become one row for each kind of task. */
    private static final String ADD_UP =
            """
            WITH gone AS (DELETE FROM execution_totals RETURNING *)
            INSERT INTO execution_totals
            SELECT project_id, task_type, resource_group_type, resource_group_id, sum(tasks), sum(records), sum(gray_records)
            FROM gone GROUP BY 1, 2, 3, 4
            HAVING sum(tasks) <> 0 OR sum(records) <> 0
            """;

    Future<Long> countTasks(SqlClient sql, String projectId, TaskFilter filter) {
        Conditions where = totals(projectId, filter.groupIds(), filter.taskType())
                .withPresent("resource_group_type = ?", filter.groupType());
        return number(sql, TOTALS + where.where(), where.values(), "tasks");
    }

    Future<Long> countRecords(SqlClient sql, String projectId, RecordFilter filter) {
        Conditions where = totals(projectId, filter.groupIds(), filter.taskType());
        return sql.preparedQuery(TOTALS + where.where())
                .execute(where.values())
                .map(rows -> rows.iterator().next())
                .map(row -> filter.isFirstOrder() == null
                        ? row.getLong("records")
                        : filter.isFirstOrder() ? row.getLong("gray") : row.getLong("records") - row.getLong("gray"));
    }

    private static Conditions totals(String projectId, @Nullable List<String> groupIds, @Nullable String taskType) {
        return new Conditions()
                .with("project_id = ?", projectId)
                .withPresent("resource_group_id = ANY(?)", groupIds == null ? null : groupIds.toArray(String[]::new))
                .withPresent("task_type = ?", taskType);
    }

    /** The records of some tasks, all of them or those that ended as a status. */
    Future<Long> countOfTasks(SqlClient sql, String projectId, RecordFilter filter) {
        Conditions where = new Conditions()
                .with("t.project_id = ?", projectId)
                .withPresent(
                        "t.id = ANY(?)",
                        filter.taskIds() == null ? null : filter.taskIds().toArray(UUID[]::new))
                .withPresent(
                        "t.resource_group_id = ANY(?)",
                        filter.groupIds() == null ? null : filter.groupIds().toArray(String[]::new))
                .withPresent("t.task_type = ?", filter.taskType());
        String column = filter.status() == null ? "total" : filter.status().toLowerCase(Locale.ROOT);
        return number(sql, COUNTERS + where.where(), where.values(), column);
    }

    private static Future<Long> number(SqlClient sql, String statement, Tuple values, String column) {
        return sql.preparedQuery(statement)
                .execute(values)
                .map(rows -> rows.iterator().next().getLong(column));
    }

    /** How many rows there are now. Two at once would wait for each other: the caller is the only one. */
    Future<Integer> addUp(SqlClient sql) {
        return sql.preparedQuery(ADD_UP).execute().map(RowSet::rowCount);
    }
}
