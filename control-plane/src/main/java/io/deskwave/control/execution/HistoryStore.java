package io.deskwave.control.execution;

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

/** Reads single tasks and records, for details and the live story. The columns are those of the lists too. */
public final class HistoryStore {
    /** Without what may be large: the ids of all targets and the command. */
    static final String TASK_STORY_COLUMNS =
            """
            SELECT t.id, t.task_type, t.command_type, t.resource_group_type, t.resource_group_id,
                   t.resource_group_name, t.total / n.scripts AS targets, t.gray_total / n.scripts AS gray_targets, t.gray_fail_threshold, t.pre_start,
                   t.post_finish, t.start_timeout, t.execution_timeout, t.status, t.gate, t.gate_reason, t.total,
                   t.success_num, t.failed_num, t.skip_num, t.created_by, t.created_at, t.start_time, t.end_time,
                   (SELECT json_agg(json_build_object('id', s.script_id, 'name', v.name) ORDER BY s.script_index)
                    FROM execution_task_scripts s
                    JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no
                    WHERE s.task_id = t.id) AS scripts
            """;

    /** How many targets there are is told by the counters: the array of their ids need not be read for it. */
    static final String TASK_JOINS =
            """
            CROSS JOIN LATERAL (SELECT greatest(1, count(*)) AS scripts
                                FROM execution_task_scripts c WHERE c.task_id = t.id) AS n
            """;

    private static final String TASKS = " FROM execution_tasks t " + TASK_JOINS;

    static final String RECORD_COLUMNS =
            """
            SELECT r.id, r.task_id, r.desktop_id, r.desktop_name, r.batch, r.status, r.attempt, r.start_time, r.end_time,
                   r.result_code, r.exit_code, r.reason, r.stdout_bytes, r.stderr_bytes, r.console_charset,
                   r.pre_start_state, r.post_finish_state, r.step_reason, r.late_result, s.script_id, v.name AS script_name,
                   t.command_type, t.pre_start, t.post_finish
            """;

    /** Up to 100,000 characters for each row: for lists and details, not for the story. */
    static final String COMMAND = ", t.command_content ";

    static final String RECORD_JOINS =
            """
            JOIN execution_tasks t ON t.id = r.task_id
            LEFT JOIN execution_task_scripts s ON s.task_id = r.task_id AND s.script_index = r.script_index
            LEFT JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no
            """;

    private static final String RECORDS = " FROM execution_records r " + RECORD_JOINS;

    private static final String KEPT =
            "SELECT kept_bytes, removed_at FROM record_outputs WHERE record_id = $1 AND attempt = $2";

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

    /** How much of an attempt's output is kept, and when it was removed by retention. */
    record Kept(long bytes, @Nullable Instant removedAt) {
        static final Kept NOTHING = new Kept(0, null);
    }

    Future<Kept> getKept(SqlClient sql, UUID recordId, int attempt) {
        return sql.preparedQuery(KEPT)
                .execute(Tuple.of(recordId, attempt))
                .map(rows -> rows.size() == 0
                        ? Kept.NOTHING
                        : new Kept(
                                rows.iterator().next().getLong("kept_bytes"),
                                Rows.instant(rows.iterator().next(), "removed_at")));
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

    static List<JsonObject> json(RowSet<Row> rows) {
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
