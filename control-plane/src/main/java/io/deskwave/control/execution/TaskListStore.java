package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Conditions;
import io.deskwave.control.db.Database;
import io.deskwave.control.execution.QueueStore.Versions;
import io.deskwave.control.execution.ScriptWalkStore.Scripts;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads pages of tasks, the newest first. A statement walks an index that is in that order, over ids alone, and joins what
 * is shown for the rows of the page; how far it walked is the count.
 */
final class TaskListStore {
    /** A list shows so many ids of a task's targets. */
    static final int IDS_SHOWN = 100;

    private static final String COLUMNS = HistoryStore.TASK_STORY_COLUMNS + ", t.command_content";

    private static final String ALL_IDS = ", t.resource_ids, t.gray_resource_ids ";
    private static final String FIRST_IDS = ", t.resource_ids[1:" + IDS_SHOWN
            + "] AS resource_ids, t.gray_resource_ids[1:" + IDS_SHOWN + "] AS gray_resource_ids ";

    private static final String BY_TASK = "SELECT t.id, t.queue_no FROM execution_tasks t";

    /** The kind is looked up in another index: each task would have to be fetched for it. */
    private static final String OF_TYPE =
            " JOIN execution_tasks y ON y.queue_no = t.queue_no AND y.project_id = %s AND y.task_type = %s";

    /** A task that has a script twice is in the list once. Where nothing else leaves out tasks, they are not looked at. */
    private static final String BY_SCRIPT =
            """
            SELECT DISTINCT ON (f.queue_no) f.task_id AS id, f.queue_no FROM %s%s%s
            ORDER BY f.queue_no DESC LIMIT %d""";

    /** Of many scripts the planner knows better. */
    private static final String TASK_OF_MANY = " JOIN execution_tasks t ON t.queue_no = f.queue_no AND %s";

    /** One by one, and not all that there are, to find a few. A task of the project's scripts is of the project. */
    private static final String TASK_OF_SCRIPT =
            " CROSS JOIN LATERAL (SELECT FROM execution_tasks t WHERE t.queue_no = f.queue_no AND %s LIMIT 1) AS t";

    private static final String OF_SCRIPT =
            "EXISTS (SELECT FROM execution_task_scripts f WHERE f.queue_no = t.queue_no AND %s)";

    private static final String TIMES =
            " JOIN execution_tasks e ON e.id = %s AND coalesce(e.start_time, e.created_at) > %s"
                    + " AND coalesce(e.start_time, e.created_at) < %s";

    private static final String RAN_VERSION =
            "EXISTS (SELECT FROM execution_task_scripts v WHERE v.task_id = %s AND %s)";

    private static final Set<String> OPEN = Set.of("WAITING", "RUNNING");

    /**
     * What a list asks for, with times and names looked up.
     *
     * @param versions those that the filter's name means; null when it names none
     */
    record Query(String projectId, TaskFilter filter, QueueWindow window, @Nullable Versions versions) {
        /** Those that the walk goes by: a name beside ids is looked at for each task. */
        private Scripts scripts() {
            return new Scripts(filter.scriptIds(), filter.scriptIds() == null ? versions : null);
        }

        private boolean asksForScripts() {
            return filter.scriptIds() != null || versions != null;
        }

        /** Whether there are fewer tasks with the scripts than with the rest of what is asked for. */
        private boolean isByScript() {
            return asksForScripts()
                    && filter.taskIds() == null
                    && (filter.status() == null || !OPEN.contains(filter.status()))
                    && (!filter.asksForGroups() || scripts().isFew());
        }

        private boolean isInTrouble() {
            return "FAILED".equals(filter.status());
        }
    }

    Future<Page> list(SqlClient sql, Query query, Page.Span span) {
        TaskFilter filter = query.filter();
        long bound = filter.isTotalled() ? span.rows() : span.bound();
        var values = new Conditions();
        String walk = WalkStore.of(
                query.window(),
                limit -> query.isByScript()
                        ? byScript(values, query, limit, bound)
                        : byTask(values, query, limit, bound),
                "queue_no DESC",
                bound);
        boolean one = filter.taskIds() != null && filter.taskIds().size() == 1;
        String page = WalkStore.page(
                walk,
                span,
                COLUMNS + (one ? ALL_IDS : FIRST_IDS),
                "JOIN execution_tasks t ON t.id = w.id " + HistoryStore.TASK_JOINS);
        return sql.preparedQuery(Database.PLANNED_EACH_TIME + page)
                .execute(values.values())
                .map(rows -> WalkStore.read(rows, bound));
    }

    private static String byScript(Conditions values, Query query, WalkStore.Limit limit, long bound) {
        String scripts = ScriptWalkStore.walk(values, query.projectId(), query.scripts(), limit, query.isInTrouble());
        Conditions where = ran(values.beside(), query, "f.task_id");
        String tasks = query.filter().asksForScriptsAndTimesAlone() ? "" : tasksOfScripts(values.beside(), query);
        return BY_SCRIPT.formatted(scripts, times(values, query, limit, "f.task_id") + tasks, where.where(), bound);
    }

    private static String tasksOfScripts(Conditions where, Query query) {
        return query.scripts().isFew()
                ? TASK_OF_SCRIPT.formatted(tasks(where, query).all())
                : TASK_OF_MANY.formatted(tasks(where.with("t.project_id = ?", query.projectId()), query)
                        .all());
    }

    private static String byTask(Conditions values, Query query, WalkStore.Limit limit, long bound) {
        TaskFilter filter = query.filter();
        Conditions tasks = values.beside().with("t.project_id = ?", query.projectId());
        String type = "";
        if (filter.status() != null && filter.taskType() != null && !filter.asksForGroups()) {
            type = OF_TYPE.formatted(tasks.parameter(query.projectId()), tasks.parameter(filter.taskType()));
            tasks.with("t.status = ?", filter.status());
        } else {
            tasks(tasks, query);
        }
        ran(tasks, query, "t.id").withPresent("t.id = ANY(?)", uuids(filter.taskIds()));
        if (query.asksForScripts()) {
            Conditions scripts = ScriptWalkStore.where(values.beside(), query.projectId(), query.scripts());
            if (query.isInTrouble()) {
                scripts.with("f.in_trouble");
            }
            tasks.with(OF_SCRIPT.formatted(limit.limit(scripts, "f.queue_no").all()));
        }
        return BY_TASK + times(values, query, limit, "t.id") + type
                + limit.limit(tasks, "t.queue_no").where() + " ORDER BY t.queue_no DESC LIMIT " + bound;
    }

    private static String times(Conditions values, Query query, WalkStore.Limit limit, String taskId) {
        TaskFilter filter = query.filter();
        return limit.partly()
                ? TIMES.formatted(
                        taskId,
                        values.parameter(utc(filter.after() == null ? Instant.EPOCH : filter.after())),
                        values.parameter(utc(filter.before() == null ? Instant.MAX : filter.before())))
                : "";
    }

    @CanIgnoreReturnValue
    private static Conditions tasks(Conditions where, Query query) {
        TaskFilter filter = query.filter();
        return WalkStore.groups(where, filter.groupIds())
                .withPresent("t.resource_group_type = ?", filter.groupType())
                .withPresent("t.status = ?", filter.status())
                .withPresent("t.task_type = ?", filter.taskType());
    }

    /** A name beside the ids of scripts may be that of another script of the task. */
    private static Conditions ran(Conditions where, Query query, String taskId) {
        Versions versions = query.versions();
        return query.filter().scriptIds() == null || versions == null
                ? where
                : where.with(RAN_VERSION.formatted(taskId, ScriptWalkStore.version(where, "v.", versions)));
    }

    private static UUID @Nullable [] uuids(@Nullable List<UUID> ids) {
        return ids == null ? null : ids.toArray(UUID[]::new);
    }
}
