package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Conditions;
import io.deskwave.control.db.Database;
import io.deskwave.control.execution.QueueStore.Versions;
import io.deskwave.control.execution.ScriptWalkStore.Scripts;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads pages of records: the newest task first, in a task by script, name and id. Which index a statement walks depends on
 * the filters that are there, the one that leaves the fewest records first; each hands them out in the list's order, or few
 * enough to sort them. {@code r} is a record, {@code t} its task, {@code f} its script. A queue number belongs to one task,
 * and so to one project: of tasks and scripts of the project the records need not be asked for theirs, which would have each
 * of them fetched.
 */
final class RecordListStore {
    private static final String COLUMNS = HistoryStore.RECORD_COLUMNS + HistoryStore.COMMAND;
    private static final String JOINS = "JOIN execution_records r ON r.id = w.id " + HistoryStore.RECORD_JOINS;
    private static final String ORDER = "queue_no DESC, script_index, desktop_name, id";
    private static final String KEYS = "SELECT r.id, r.queue_no, r.script_index, r.desktop_name FROM ";

    /** Straight over an index of records. */
    private static final String RECORDS =
            KEYS + "execution_records r%s WHERE %s ORDER BY r.queue_no DESC, r.script_index,"
                    + " r.desktop_name, r.id LIMIT %d";

    /** One by one, since those of one task follow each other. */
    private static final String OF_TYPE =
            " CROSS JOIN LATERAL (SELECT FROM execution_tasks y WHERE y.queue_no = r.queue_no AND y.task_type = %s"
                    + " LIMIT 1) AS y";

    /** The limit inside keeps a large task from being read whole, and the planner from any other way than one by one. */
    private static final String RECORDS_OF_TASKS = KEYS
            + """
            execution_tasks t CROSS JOIN LATERAL (
                SELECT r.id, r.queue_no, r.script_index, r.desktop_name FROM execution_records r
                WHERE r.queue_no = t.queue_no%s
                ORDER BY r.script_index, r.desktop_name, r.id LIMIT %d) AS r
            WHERE %s ORDER BY t.queue_no DESC, r.script_index, r.desktop_name, r.id LIMIT %2$d""";

    private static final String RECORDS_OF_SCRIPTS = KEYS
            + """
            %s CROSS JOIN LATERAL (
                SELECT r.id, r.queue_no, r.script_index, r.desktop_name FROM execution_records r
                WHERE r.queue_no = f.queue_no AND r.script_index = f.script_index%s
                ORDER BY r.desktop_name, r.id LIMIT %d) AS r
            ORDER BY f.queue_no DESC, f.script_index, r.desktop_name, r.id LIMIT %3$d""";

    /** Few tasks have a gray batch: each of theirs is asked for its script. */
    private static final String GRAY_OF_SCRIPTS =
            """
            (SELECT DISTINCT g.queue_no, g.script_index FROM execution_records g WHERE g.project_id = %s AND g.batch = 1%s
             ORDER BY g.queue_no DESC, g.script_index) AS g
            CROSS JOIN LATERAL (
                SELECT f.queue_no, f.script_index FROM execution_task_scripts f
                WHERE f.queue_no = g.queue_no AND f.script_index = g.script_index AND %s LIMIT 1) AS f""";

    private static final String SCRIPTS_OF_TASKS =
            """
            (SELECT t.queue_no, f.script_index FROM execution_tasks t CROSS JOIN LATERAL (
                SELECT f.script_index FROM execution_task_scripts f
                WHERE f.queue_no = t.queue_no AND %s ORDER BY f.script_index OFFSET 0) AS f
            WHERE %s) AS f""";

    private static final String TASK_OF_RECORD = "EXISTS (SELECT FROM execution_tasks t WHERE t.id = r.task_id AND %s)";

    private static final String SCRIPT_OF_RECORD =
            """
            EXISTS (SELECT FROM execution_task_scripts f
                    WHERE f.queue_no = r.queue_no AND f.script_index = r.script_index AND %s)""";

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

        private boolean isInTrouble() {
            return "FAILED".equals(filter.status()) || "SKIP".equals(filter.status());
        }

        private boolean isOpen() {
            return "WAITING".equals(filter.status()) || "RUNNING".equals(filter.status());
        }

        private boolean isGray() {
            return Boolean.TRUE.equals(filter.isFirstOrder());
        }

        /** Whether there are fewer tasks with the scripts than with the rest of what is asked for. */
        private boolean isByScript() {
            return filter.asksForScripts()
                    && filter.desktopIds() == null
                    && numbers == null
                    && !isOpen()
                    && !(isGray() && isInTrouble());
        }

        /** Whether an index of records alone leaves few of them, or hands them out in order. */
        private boolean isStraight() {
            return filter.desktopIds() != null
                    || numbers != null
                    || isOpen()
                    || (isInTrouble() && isGray())
                    || ((isInTrouble() || isGray()) && filter.groupIds() == null);
        }

        private Scripts scripts() {
            return new Scripts(filter.scriptIds(), versions);
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
        if (query.isByScript()) {
            return byScript(values, query, limit, bound);
        }
        return query.isStraight() ? straight(values, query, limit, bound) : byTask(values, query, limit, bound);
    }

    private static String byScript(Conditions values, Query query, WalkStore.Limit limit, long bound) {
        String scripts;
        if (query.filter().groupIds() != null) {
            scripts = SCRIPTS_OF_TASKS.formatted(
                    scripts(values, query),
                    limit.limit(tasks(values.beside(), query), "t.queue_no").all());
        } else if (query.isGray()) {
            scripts = GRAY_OF_SCRIPTS.formatted(
                    values.parameter(query.projectId()),
                    limit.limit(values.beside(), "g.queue_no").and(),
                    scripts(values, query));
        } else {
            scripts = ScriptWalkStore.walk(values, query.projectId(), query.scripts(), limit, query.isInTrouble());
        }
        if ("COMMAND".equals(query.filter().taskType())) {
            scripts = "(SELECT f.* FROM " + scripts + " WHERE false) AS f";
        }
        return RECORDS_OF_SCRIPTS.formatted(
                scripts, records(values.beside(), query, limit).and(), bound);
    }

    private static String scripts(Conditions values, Query query) {
        return ScriptWalkStore.where(values.beside(), query.projectId(), query.scripts())
                .all();
    }

    private static String straight(Conditions values, Query query, WalkStore.Limit limit, long bound) {
        RecordFilter filter = query.filter();
        Conditions records = records(values.beside(), query, limit);
        if (filter.asksForScripts()) {
            records.with(SCRIPT_OF_RECORD.formatted(scripts(values, query)));
        }
        String type = "";
        if (filter.taskType() != null && filter.groupIds() == null && query.isInTrouble()) {
            type = OF_TYPE.formatted(values.parameter(filter.taskType()));
        } else if (query.asksForTasks()) {
            records.with(TASK_OF_RECORD.formatted(tasks(values.beside(), query).all()));
        }
        return RECORDS.formatted(type, limit.limit(records, "r.queue_no").all(), bound);
    }

    private static String byTask(Conditions values, Query query, WalkStore.Limit limit, long bound) {
        Conditions records = records(values.beside(), query, limit);
        if (query.filter().asksForScripts()) {
            records.with(SCRIPT_OF_RECORD.formatted(scripts(values, query)));
        }
        Conditions tasks = limit.limit(tasks(values.beside(), query), "t.queue_no");
        counters(tasks, query.filter());
        return RECORDS_OF_TASKS.formatted(records.and(), bound, tasks.all());
    }

    /** Of which project a record is stands in some of the indexes, and the others are not asked. */
    private static Conditions records(Conditions where, Query query, WalkStore.Limit limit) {
        RecordFilter filter = query.filter();
        if (query.isStraight() || query.isInTrouble() || query.isGray()) {
            where.with("r.project_id = ?", query.projectId());
        }
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
        return limit.partly() ? times(where, filter) : where;
    }

    /** Each status in words that an index is made for. */
    private static void status(Conditions where, String status) {
        if (status.equals("FAILED") || status.equals("SKIP")) {
            where.with("r.trouble = ?", status).with("r.trouble IS NOT NULL");
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
        return WalkStore.groups(
                        where.with("t.project_id = ?", query.projectId()),
                        query.filter().groupIds())
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
        if (filter.scriptIds() != null) {
            where.with("s.script_id = ANY(?)", filter.scriptIds().toArray(UUID[]::new));
        }
        if (query.versions() != null) {
            where.with(ScriptWalkStore.version(where, "s.", query.versions()));
        }
        times(where, filter);
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
