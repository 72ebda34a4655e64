package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Conditions;
import io.deskwave.control.db.Database;
import io.deskwave.control.execution.QueueStore.Versions;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads pages of records: the newest task first, in a task by script, name and id. Which index a statement walks depends on
 * the filters that are there, the one that leaves the fewest records first; each hands them out in the list's order, or few
 * enough to sort them. {@code r} is a record, {@code t} its task, {@code f} its script.
 */
final class RecordListStore {
    private static final String COLUMNS = HistoryStore.RECORD_COLUMNS + HistoryStore.COMMAND;
    private static final String JOINS = "JOIN execution_records r ON r.id = w.id " + HistoryStore.RECORD_JOINS;
    private static final String ORDER = "queue_no DESC, script_index, desktop_name, id";
    private static final String KEYS = "SELECT r.id, r.queue_no, r.script_index, r.desktop_name FROM ";

    /** Straight over an index of records. */
    private static final String RECORDS =
            KEYS + "execution_records r WHERE %s ORDER BY r.queue_no DESC, r.script_index,"
                    + " r.desktop_name, r.id LIMIT %d";

    /** The limit inside keeps a large task from being read whole, and the planner from any other way than one by one. */
    private static final String RECORDS_OF_TASKS = KEYS
            + """
            execution_tasks t CROSS JOIN LATERAL (
                SELECT r.id, r.queue_no, r.script_index, r.desktop_name FROM execution_records r
                WHERE r.queue_no = t.queue_no AND %s
                ORDER BY r.script_index, r.desktop_name, r.id LIMIT %d) AS r
            WHERE %s ORDER BY t.queue_no DESC, r.script_index, r.desktop_name, r.id LIMIT %2$d""";

    private static final String RECORDS_OF_SCRIPTS = KEYS
            + """
            execution_task_scripts f CROSS JOIN LATERAL (
                SELECT r.id, r.queue_no, r.script_index, r.desktop_name FROM execution_records r
                WHERE r.queue_no = f.queue_no AND r.script_index = f.script_index AND %s
                ORDER BY r.desktop_name, r.id LIMIT %d) AS r
            WHERE %s ORDER BY f.queue_no DESC, f.script_index, r.desktop_name, r.id LIMIT %2$d""";

    private static final String TASK_OF_RECORD = "EXISTS (SELECT FROM execution_tasks t WHERE t.id = r.task_id AND %s)";

    private static final String SCRIPT_OF_RECORD =
            """
            EXISTS (SELECT FROM execution_task_scripts f
                    WHERE f.task_id = r.task_id AND f.script_index = r.script_index AND %s)""";

    private static final String TASK_OF_SCRIPT = "EXISTS (SELECT FROM execution_tasks t WHERE t.id = f.task_id AND %s)";

    private static final String VERSION =
            "(%s.script_id, %s.version_no) IN (SELECT * FROM unnest(%s::uuid[], %s::int[]))";

    /** A record that did not start was executed when its task was made. */
    private static final String EXECUTED =
            "coalesce(r.start_time, (SELECT m.created_at FROM execution_tasks m WHERE m.id = r.task_id)) %s ?";

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
                    + HistoryStore.RECORD_JOINS;

    private static final String HISTORY_ORDER =
            " ORDER BY r.queue_no DESC, r.script_index, r.desktop_name, r.id, r.attempt DESC";

    /**
     * What a list asks for, with the names of scripts and tasks already looked up.
     *
     * @param versions those that the filter's names mean; null when it names none
     * @param numbers the queue numbers of the filter's tasks; null when it names none
     */
    record Query(
            String projectId,
            RecordFilter filter,
            QueueWindow window,
            @Nullable Versions versions,
            @Nullable List<Long> numbers) {
        private boolean asksForTasks() {
            return filter.groupIds() != null || filter.taskType() != null;
        }
    }

    Future<Page> list(SqlClient sql, Query query, Page.Span span) {
        long bound = query.filter().isTotalled() ? span.rows() : span.bound();
        var values = new Conditions();
        String walk = WalkStore.of(query.window(), limit -> walk(values, query, limit, bound), ORDER, bound);
        return sql.preparedQuery(Database.PLANNED_EACH_TIME + WalkStore.page(walk, span, COLUMNS, JOINS))
                .execute(values.values())
                .map(rows -> WalkStore.read(rows, bound));
    }

    private static String walk(Conditions values, Query query, WalkStore.Limit limit, long bound) {
        RecordFilter filter = query.filter();
        Conditions records = records(values.beside(), query);
        if (filter.desktopIds() == null && filter.asksForScripts() && query.numbers() == null) {
            Conditions scripts = limit.limit(scripts(values.beside(), query, "f"), "f.queue_no");
            if (query.asksForTasks()) {
                scripts.with(
                        TASK_OF_SCRIPT.formatted(tasks(values.beside(), query).all()));
            }
            return RECORDS_OF_SCRIPTS.formatted(records.all(), bound, scripts.all());
        }
        if (filter.asksForScripts()) {
            records.with(SCRIPT_OF_RECORD.formatted(
                    scripts(values.beside(), query, "f").all()));
        }
        if (isStraight(query)) {
            if (query.asksForTasks()) {
                records.with(
                        TASK_OF_RECORD.formatted(tasks(values.beside(), query).all()));
            }
            return RECORDS.formatted(limit.limit(records, "r.queue_no").all(), bound);
        }
        Conditions tasks = limit.limit(tasks(values.beside(), query), "t.queue_no");
        counters(tasks, filter);
        return RECORDS_OF_TASKS.formatted(records.all(), bound, tasks.all());
    }

    /** Whether an index of records alone leaves few of them, or hands them out in order. */
    private static boolean isStraight(Query query) {
        RecordFilter filter = query.filter();
        boolean inTrouble = "FAILED".equals(filter.status()) || "SKIP".equals(filter.status());
        boolean open = "WAITING".equals(filter.status()) || "RUNNING".equals(filter.status());
        boolean gray = Boolean.TRUE.equals(filter.isFirstOrder());
        return filter.desktopIds() != null
                || query.numbers() != null
                || open
                || ((inTrouble || gray) && !query.asksForTasks());
    }

    private static Conditions records(Conditions where, Query query) {
        RecordFilter filter = query.filter();
        where.with("r.project_id = ?", query.projectId());
        if (query.numbers() != null) {
            where.with("r.queue_no = ANY(?)", query.numbers().toArray(Long[]::new));
        }
        if (filter.desktopIds() != null) {
            where.with("r.desktop_id = ANY(?)", filter.desktopIds().toArray(UUID[]::new));
        }
        if (filter.isFirstOrder() != null) {
            where.with(filter.isFirstOrder() ? "r.batch = 1" : "r.batch <> 1");
        }
        if (filter.status() != null) {
            status(where, filter.status());
        }
        return times(where, filter);
    }

    /** Each status in words that an index is made for. */
    private static void status(Conditions where, String status) {
        if (status.equals("FAILED") || status.equals("SKIP")) {
            where.with("r.trouble = ?", status);
        } else {
            where.with("r.status = ?", status);
            if (!status.equals("SUCCESS")) {
                where.with("r.id IN (SELECT record_id FROM record_work)");
            }
        }
    }

    @CanIgnoreReturnValue
    private static Conditions times(Conditions where, RecordFilter filter) {
        return where.withPresent(EXECUTED.formatted(">"), filter.after() == null ? null : utc(filter.after()))
                .withPresent(EXECUTED.formatted("<"), filter.before() == null ? null : utc(filter.before()));
    }

    private static Conditions tasks(Conditions where, Query query) {
        List<String> groups = query.filter().groupIds();
        return where.with("t.project_id = ?", query.projectId())
                .withPresent("t.resource_group_id = ANY(?)", groups == null ? null : groups.toArray(String[]::new))
                .withPresent("t.task_type = ?", query.filter().taskType());
    }

    /** Tasks without such records need not be looked into. */
    private static void counters(Conditions tasks, RecordFilter filter) {
        if ("SUCCESS".equals(filter.status())) {
            tasks.with("t.success_num > 0");
        } else if ("FAILED".equals(filter.status())) {
            tasks.with("t.failed_num > 0");
        } else if ("SKIP".equals(filter.status())) {
            tasks.with("t.skip_num > 0");
        }
        if (Boolean.TRUE.equals(filter.isFirstOrder())) {
            tasks.with("t.gray_total > 0");
        }
    }

    private static Conditions scripts(Conditions where, Query query, String f) {
        if (query.filter().scriptIds() != null) {
            where.with(f + ".script_id = ANY(?)", query.filter().scriptIds().toArray(UUID[]::new));
        }
        Versions versions = query.versions();
        if (versions != null) {
            where.with(f + ".script_id = ANY(?)", versions.scripts());
            if (!versions.complete()) {
                where.with(
                        VERSION.formatted(f, f, where.parameter(versions.ids()), where.parameter(versions.numbers())));
            }
        }
        return where;
    }

    /** With every attempt. Desktops and scripts are always named there, so that few records are looked at. */
    Future<Page> listWithHistory(SqlClient sql, Query query, Page.Span span) {
        var where = new Conditions();
        RecordFilter filter = query.filter();
        where.with("r.project_id = ?", query.projectId())
                .withPresent(
                        "r.desktop_id = ANY(?)",
                        filter.desktopIds() == null ? null : filter.desktopIds().toArray(UUID[]::new))
                .withPresent("r.status = ?", filter.status())
                .withPresent("(r.batch = 1) = ?", filter.isFirstOrder())
                .withPresent(
                        "t.resource_group_id = ANY(?)",
                        filter.groupIds() == null ? null : filter.groupIds().toArray(String[]::new))
                .withPresent("t.task_type = ?", filter.taskType());
        if (query.numbers() != null) {
            where.with("r.queue_no = ANY(?)", query.numbers().toArray(Long[]::new));
        }
        times(scripts(where, query, "s"), filter);
        return sql.preparedQuery(
                        Database.PLANNED_EACH_TIME + "SELECT count(*) AS found" + RECORDS_WITH_HISTORY + where.where())
                .execute(where.values())
                .map(rows -> rows.iterator().next().getLong("found"))
                .compose(found -> sql.preparedQuery(Database.PLANNED_EACH_TIME
                                + COLUMNS
                                + RECORDS_WITH_HISTORY
                                + where.where()
                                + HISTORY_ORDER
                                + where.page())
                        .execute(where.pageValues(span.limit(), span.offset()))
                        .map(rows -> new Page(found, false, HistoryStore.json(rows))));
    }
}
