package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.db.Conditions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads tasks and records, for lists, details and the live story. */
public final class HistoryStore {
    /** Without what may be large: the ids of all targets and the command. */
    private static final String TASK_STORY_COLUMNS =
            """
            SELECT t.id, t.task_type, t.command_type, t.resource_group_type, t.resource_group_id,
                   t.resource_group_name, cardinality(t.resource_ids) AS targets,
                   cardinality(t.gray_resource_ids) AS gray_targets, t.gray_fail_threshold, t.pre_start,
                   t.post_finish, t.start_timeout, t.execution_timeout, t.status, t.gate, t.gate_reason, t.total,
                   t.success_num, t.failed_num, t.skip_num, t.created_by, t.created_at, t.start_time, t.end_time,
                   (SELECT json_agg(json_build_object('id', s.script_id, 'name', v.name) ORDER BY s.script_index)
                    FROM execution_task_scripts s
                    JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no
                    WHERE s.task_id = t.id) AS scripts
            """;

    private static final String TASKS = " FROM execution_tasks t ";

    private static final String TASK_COLUMNS =
            TASK_STORY_COLUMNS + ", t.command_content, t.resource_ids, t.gray_resource_ids" + TASKS;

    private static final String COUNT_TASKS = "SELECT count(*) AS found FROM execution_tasks t";

    private static final String RECORD_COLUMNS =
            """
            SELECT r.id, r.task_id, r.desktop_id, r.desktop_name, r.batch, r.status, r.attempt, r.start_time, r.end_time,
                   r.result_code, r.exit_code, r.reason, r.stdout_bytes, r.stderr_bytes, r.console_charset,
                   r.pre_start_state, r.post_finish_state, r.step_reason, r.late_result, s.script_id, v.name AS script_name,
                   t.command_type, t.pre_start, t.post_finish
            """;

    /** Up to 100,000 characters for each row: for lists and details, not for the story. */
    private static final String COMMAND = ", t.command_content ";

    private static final String RECORD_JOINS =
            """
            JOIN execution_tasks t ON t.id = r.task_id
            LEFT JOIN execution_task_scripts s ON s.task_id = r.task_id AND s.script_index = r.script_index
            LEFT JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no
            """;

    private static final String RECORDS = " FROM execution_records r " + RECORD_JOINS;

    /** The records, and beside each the attempts before its present one. */
    private static final String RECORDS_WITH_HISTORY =
            """
             FROM (
                SELECT id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index, batch, status, attempt,
                       start_time, end_time, result_code, exit_code, reason, stdout_bytes, stderr_bytes, console_charset,
                       pre_start_state, post_finish_state, step_reason, late_result
                FROM execution_records
                UNION ALL
                SELECT e.id, e.task_id, e.project_id, e.queue_no, e.desktop_id, e.desktop_name, e.script_index, e.batch,
                       a.status, a.attempt, a.start_time, a.end_time, a.result_code, a.exit_code, a.reason,
                       a.stdout_bytes, a.stderr_bytes, e.console_charset, NULL, NULL, '', NULL
                FROM record_attempts a JOIN execution_records e ON e.id = a.record_id) AS r
            """
                    + RECORD_JOINS;

    private static final String KEPT = "SELECT kept_bytes FROM record_outputs WHERE record_id = $1 AND attempt = $2";

    private static final String ATTEMPTS =
            """
            SELECT attempt, status, result_code, exit_code, reason, start_time, end_time
            FROM record_attempts WHERE record_id = $1 ORDER BY id
            """;

    private static final String XMIN = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin";

    private static final String PRINTED_SINCE =
            """
            SELECT DISTINCT c.record_id, c.attempt, r.console_charset
            FROM output_chunks c JOIN execution_records r ON r.id = c.record_id
            WHERE c.task_id = $1 AND c.xid >= $2::text::xid8
            """;

    /** Which tasks a list wants; null is no filter. Lists of ids hold those that can exist. */
    record TaskFilter(
            @Nullable List<UUID> taskIds,
            @Nullable List<String> groupIds,
            @Nullable String groupType,
            @Nullable List<UUID> scriptIds,
            @Nullable String scriptName,
            @Nullable String status,
            @Nullable String taskType,
            @Nullable Instant after,
            @Nullable Instant before) {
        private Conditions conditions(String projectId) {
            return new Conditions()
                    .with("t.project_id = ?", projectId)
                    .withPresent("t.id = ANY(?)", uuids(taskIds))
                    .withPresent(
                            "t.resource_group_id = ANY(?)", groupIds == null ? null : groupIds.toArray(String[]::new))
                    .withPresent("t.resource_group_type = ?", groupType)
                    .withPresent(
                            "EXISTS (SELECT FROM execution_task_scripts f WHERE f.task_id = t.id AND f.script_id = ANY(?))",
                            uuids(scriptIds))
                    .withPresent(
                            "EXISTS (SELECT FROM execution_task_scripts f JOIN script_versions n USING (script_id,"
                                    + " version_no) WHERE f.task_id = t.id AND n.name ILIKE ?)",
                            scriptName == null ? null : Conditions.containing(scriptName))
                    .withPresent("t.status = ?", status)
                    .withPresent("t.task_type = ?", taskType)
                    .withPresent("coalesce(t.start_time, t.created_at) > ?", after == null ? null : utc(after))
                    .withPresent("coalesce(t.start_time, t.created_at) < ?", before == null ? null : utc(before));
        }
    }

    /** Which records a list wants; null is no filter. */
    record RecordFilter(
            @Nullable List<UUID> desktopIds,
            @Nullable List<String> groupIds,
            @Nullable List<UUID> scriptIds,
            @Nullable List<String> scriptNames,
            @Nullable String status,
            @Nullable Boolean isFirstOrder,
            @Nullable List<UUID> taskIds,
            @Nullable String taskType,
            boolean history,
            @Nullable Instant after,
            @Nullable Instant before) {
        private Conditions conditions(String projectId) {
            return new Conditions()
                    .with("r.project_id = ?", projectId)
                    .withPresent("r.desktop_id = ANY(?)", uuids(desktopIds))
                    .withPresent(
                            "t.resource_group_id = ANY(?)", groupIds == null ? null : groupIds.toArray(String[]::new))
                    .withPresent("s.script_id = ANY(?)", uuids(scriptIds))
                    .withPresent(
                            "v.name ILIKE ANY(?)",
                            scriptNames == null
                                    ? null
                                    : scriptNames.stream()
                                            .map(Conditions::containing)
                                            .toArray(String[]::new))
                    .withPresent("r.status = ?", status)
                    .withPresent("(r.batch = 1) = ?", isFirstOrder)
                    .withPresent("r.task_id = ANY(?)", uuids(taskIds))
                    .withPresent("t.task_type = ?", taskType)
                    .withPresent("coalesce(r.start_time, t.created_at) > ?", after == null ? null : utc(after))
                    .withPresent("coalesce(r.start_time, t.created_at) < ?", before == null ? null : utc(before));
        }
    }

    /** One page of rows and how many there are in all. */
    record Page(long count, List<JsonObject> rows) {}

    Future<Page> listTasks(SqlClient sql, String projectId, TaskFilter filter, int offset, int limit) {
        Conditions where = filter.conditions(projectId);
        return page(
                sql,
                where,
                COUNT_TASKS + where.where(),
                TASK_COLUMNS + where.where() + " ORDER BY t.queue_no DESC" + where.page(),
                offset,
                limit);
    }

    Future<Page> listRecords(SqlClient sql, String projectId, RecordFilter filter, int offset, int limit) {
        Conditions where = filter.conditions(projectId);
        String from = filter.history() ? RECORDS_WITH_HISTORY : RECORDS;
        return page(
                sql,
                where,
                "SELECT count(*) AS found" + from + where.where(),
                RECORD_COLUMNS + COMMAND + from + where.where()
                        + " ORDER BY r.queue_no DESC, r.script_index, r.desktop_name, r.id, r.attempt DESC"
                        + where.page(),
                offset,
                limit);
    }

    private static Future<Page> page(
            SqlClient sql, Conditions where, String count, String select, int offset, int limit) {
        return sql.preparedQuery(count)
                .execute(where.values())
                .map(rows -> rows.iterator().next().getLong("found"))
                .compose(found -> sql.preparedQuery(select)
                        .execute(where.pageValues(limit, offset))
                        .map(rows -> new Page(found, json(rows))));
    }

    public Future<Optional<JsonObject>> findTask(SqlClient sql, String projectId, UUID taskId) {
        return sql.preparedQuery(TASK_STORY_COLUMNS + TASKS + " WHERE t.project_id = $1 AND t.id = $2")
                .execute(Tuple.of(projectId, taskId))
                .map(rows -> json(rows).stream().findFirst());
    }

    Future<Optional<JsonObject>> findRecord(SqlClient sql, String projectId, UUID recordId) {
        return sql.preparedQuery(RECORD_COLUMNS + COMMAND + RECORDS + " WHERE r.project_id = $1 AND r.id = $2")
                .execute(Tuple.of(projectId, recordId))
                .map(rows -> json(rows).stream().findFirst());
    }

    Future<Long> countKept(SqlClient sql, UUID recordId, int attempt) {
        return sql.preparedQuery(KEPT)
                .execute(Tuple.of(recordId, attempt))
                .map(rows -> rows.size() == 0 ? 0L : rows.iterator().next().getLong("kept_bytes"));
    }

    Future<List<JsonObject>> listAttempts(SqlClient sql, UUID recordId) {
        return sql.preparedQuery(ATTEMPTS).execute(Tuple.of(recordId)).map(HistoryStore::json);
    }

    /** A mark: everything that a later look at this snapshot's past may have missed was written at or after it. */
    public Future<String> mark(SqlClient sql) {
        return sql.query(XMIN)
                .execute()
                .map(rows -> Objects.requireNonNull(rows.iterator().next().getString("xmin")));
    }

    /** Records of a task that were written at or after a mark, by id; some of them may have been told before. */
    public Future<List<JsonObject>> listChanged(SqlClient sql, UUID taskId, String mark, UUID afterId, int limit) {
        return sql.preparedQuery(
                        RECORD_COLUMNS + RECORDS
                                + " WHERE r.task_id = $1 AND r.changed_xid >= $2::text::xid8 AND r.id > $3 ORDER BY r.id LIMIT $4")
                .execute(Tuple.of(taskId, mark, afterId, limit))
                .map(HistoryStore::json);
    }

    /** An attempt whose output has grown. */
    public record Printed(UUID recordId, int attempt, String consoleCharset) {}

    public Future<List<Printed>> listPrinted(SqlClient sql, UUID taskId, String mark) {
        return sql.preparedQuery(PRINTED_SINCE).execute(Tuple.of(taskId, mark)).map(rows -> {
            var printed = new ArrayList<Printed>(rows.size());
            for (Row row : rows) {
                printed.add(new Printed(
                        row.getUUID("record_id"), row.getInteger("attempt"), row.getString("console_charset")));
            }
            return printed;
        });
    }

    private static UUID @Nullable [] uuids(@Nullable List<UUID> ids) {
        return ids == null ? null : ids.toArray(UUID[]::new);
    }

    private static List<JsonObject> json(RowSet<Row> rows) {
        var list = new ArrayList<JsonObject>(rows.size());
        for (Row row : rows) {
            var object = new JsonObject();
            for (int i = 0; i < row.size(); i++) {
                Object value = row.getValue(i);
                if (value != null) {
                    object.put(row.getColumnName(i), plain(value));
                }
            }
            list.add(object);
        }
        return list;
    }

    private static Object plain(Object value) {
        if (value instanceof OffsetDateTime time) {
            return time.toInstant().truncatedTo(ChronoUnit.MILLIS).toString();
        }
        if (value instanceof UUID id) {
            return id.toString();
        }
        if (value instanceof UUID[] ids) {
            var array = new JsonArray();
            for (UUID id : ids) {
                array.add(id.toString());
            }
            return array;
        }
        return value;
    }
}
