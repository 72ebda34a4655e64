package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.db.Database;
import io.deskwave.control.execution.QueueStore.Versions;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads pages of tasks, the newest first. A statement walks an index that is in that order, over ids alone, and joins what
 * is shown for the rows of the page; how far it walked is the count.
 */
final class TaskListStore {
    /** A list shows so many ids of a task's targets. */
    static final int IDS_SHOWN = 100;

    private static final Instant FOREVER = Instant.parse("9999-12-31T00:00:00Z");
    private static final String COLUMNS = HistoryStore.TASK_STORY_COLUMNS + ", t.command_content";

    private static final String ALL_IDS = ", t.resource_ids, t.gray_resource_ids ";
    private static final String FIRST_IDS = ", t.resource_ids[1:" + IDS_SHOWN
            + "] AS resource_ids, t.gray_resource_ids[1:" + IDS_SHOWN + "] AS gray_resource_ids ";

    private static final String BY_TASK = "SELECT t.id, t.queue_no FROM execution_tasks t";

    /** A task that has a script twice is in the list once. Where nothing else leaves out tasks, they are not looked at. */
    private static final String BY_SCRIPT =
            """
            SELECT DISTINCT ON (f.queue_no) f.task_id AS id, f.queue_no FROM execution_task_scripts f WHERE %s
            ORDER BY f.queue_no DESC LIMIT %d""";

    private static final String OF_SCRIPT =
            "EXISTS (SELECT FROM execution_task_scripts f WHERE f.queue_no = t.queue_no AND %s)";

    /** One boolean, which most tasks of the window meet: of two comparisons the planner expects almost none to. */
    private static final String EXECUTED =
            """
            CASE WHEN coalesce(t.start_time, t.created_at) > %s AND coalesce(t.start_time, t.created_at) < %s
                 THEN true ELSE false END""";

    private static final String OF_PROJECT =
            "f.script_id = ANY(ARRAY(SELECT id FROM scripts WHERE project_id = ? AND id = ANY(%s)))";

    private static final String VERSION =
            "(%sscript_id, %sversion_no) IN (SELECT * FROM unnest(%s::uuid[], %s::int[]))";

    private static final String RAN_VERSION =
            "EXISTS (SELECT FROM execution_task_scripts v WHERE v.task_id = t.id AND %s)";

    /** @param versions those that the filter's name means; null when it names none */
    Future<Page> list(
            SqlClient sql,
            String projectId,
            TaskFilter filter,
            QueueWindow window,
            @Nullable Versions versions,
            Page.Span span) {
        long bound = filter.isTotalled() ? span.rows() : span.bound();
        var values = new Conditions();
        boolean byScript = filter.scriptIds() != null || versions != null;
        String walk = WalkStore.of(
                window,
                limit -> {
                    if (filter.asksForScriptsAlone()) {
                        Conditions scripts = scripts(values.beside(), projectId, filter, versions);
                        return BY_SCRIPT.formatted(
                                limit.limit(scripts, "f.queue_no").all(), bound);
                    }
                    Conditions tasks = tasks(values.beside(), projectId, filter, versions);
                    if (byScript) {
                        tasks.with(OF_SCRIPT.formatted(scripts(values.beside(), projectId, filter, versions)
                                .all()));
                    }
                    return BY_TASK + limit.limit(tasks, "t.queue_no").where() + " ORDER BY t.queue_no DESC LIMIT "
                            + bound;
                },
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

    private static Conditions scripts(
            Conditions where, String projectId, TaskFilter filter, @Nullable Versions versions) {
        UUID[] asked = uuids(filter.scriptIds());
        if (asked != null) {
            return where.with(OF_PROJECT.formatted(where.parameter(asked)), projectId);
        }
        if (versions != null) {
            where.with("f.script_id = ANY(?)", versions.scripts());
            if (!versions.complete()) {
                where.with(VERSION.formatted(
                        "f.", "f.", where.parameter(versions.ids()), where.parameter(versions.numbers())));
            }
        }
        return where;
    }

    private static Conditions tasks(
            Conditions where, String projectId, TaskFilter filter, @Nullable Versions versions) {
        where.with("t.project_id = ?", projectId)
                .withPresent("t.id = ANY(?)", uuids(filter.taskIds()))
                .withPresent(
                        "t.resource_group_id = ANY(?)",
                        filter.groupIds() == null ? null : filter.groupIds().toArray(String[]::new))
                .withPresent("t.resource_group_type = ?", filter.groupType())
                .withPresent("t.status = ?", filter.status())
                .withPresent("t.task_type = ?", filter.taskType());
        if (filter.after() != null || filter.before() != null) {
            where.with(EXECUTED.formatted(
                    where.parameter(utc(filter.after() == null ? Instant.EPOCH : filter.after())),
                    where.parameter(utc(filter.before() == null ? FOREVER : filter.before()))));
        }
        return filter.scriptIds() == null || versions == null
                ? where
                : where.with(RAN_VERSION.formatted(VERSION.formatted(
                        "v.", "v.", where.parameter(versions.ids()), where.parameter(versions.numbers()))));
    }

    private static UUID @Nullable [] uuids(@Nullable List<UUID> ids) {
        return ids == null ? null : ids.toArray(UUID[]::new);
    }
}
