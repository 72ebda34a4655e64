package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.execution.TaskState.Gate;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Writes tasks. Counters and status move with the records, in {@link RecordStore}. */
final class TaskStore {
    /** Of lists of lists each row takes its slice. The rows come in the order of the arrays, and so do the places in the queue. */
    private static final String INSERT =
            """
            INSERT INTO execution_tasks (
                id, project_id, task_type, command_content, command_type, success_codes,
                resource_group_type, resource_group_id, resource_group_name, resource_ids, gray_resource_ids,
                gray_fail_threshold, pre_start, post_finish, start_timeout, execution_timeout,
                gate, total, gray_total, created_by, created_at)
            SELECT n.id, n.project_id, n.task_type, n.command_content, n.command_type,
                   ($6::int[])[n.codes_from:n.codes_to], n.group_type, n.group_id, n.group_name,
                   ($12::uuid[])[n.ids_from:n.ids_to], ($15::uuid[])[n.gray_from:n.gray_to],
                   n.threshold, n.pre_start, n.post_finish, n.start_timeout, n.execution_timeout,
                   n.gate, n.total, n.gray_total, n.created_by, n.created_at
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $7::int[], $8::int[],
                        $9::text[], $10::text[], $11::text[], $13::int[], $14::int[], $16::int[], $17::int[],
                        $18::int[], $19::text[], $20::text[], $21::int[], $22::int[],
                        $23::text[], $24::int[], $25::int[], $26::text[], $27::timestamptz[])
                 AS n (id, project_id, task_type, command_content, command_type, codes_from, codes_to,
                       group_type, group_id, group_name, ids_from, ids_to, gray_from, gray_to,
                       threshold, pre_start, post_finish, start_timeout, execution_timeout,
                       gate, total, gray_total, created_by, created_at)
            RETURNING id, queue_no
            """;

    private static final String INSERT_SCRIPTS =
            """
            INSERT INTO execution_task_scripts (task_id, script_index, script_id, version_no, queue_no)
            SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::int[], $5::bigint[])
            """;

    private static final String STATE_COLUMNS =
            """
            id, gate, gray_fail_threshold, gray_total, gray_ended, gray_failed, post_finish IS NOT NULL AS post,
            start_timeout, execution_timeout
            """;

    private static final String LOCK = "SELECT " + STATE_COLUMNS
            + """
            FROM execution_tasks WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE
            """;

    private static final String LOCK_OF_RECORDS = "SELECT " + STATE_COLUMNS
            + """
            FROM execution_tasks
            WHERE id IN (SELECT task_id FROM execution_records WHERE id = ANY($1))
            ORDER BY id FOR NO KEY UPDATE
            """;

    private static final String EXISTS = "SELECT id FROM execution_tasks WHERE project_id = $1 AND id = $2";

    private static final String DECIDE_GATE =
            """
            UPDATE execution_tasks SET gate = $2, gate_reason = $3, changed_xid = pg_current_xact_id()
            WHERE id = $1 AND gate = 'PENDING'
            """;

    private static final String START =
            """
            UPDATE execution_tasks
            SET status = 'RUNNING', start_time = coalesce(start_time, $2), changed_xid = pg_current_xact_id()
            WHERE id = ANY($1) AND status = 'WAITING'
            """;

    /** What its targets were found by: a pool or a tag. */
    record Group(String type, String id, String name) {}

    /** What a task is made of, besides the request. */
    record NewTask(
            UUID id,
            ExecutionRequest request,
            List<UUID> desktopIds,
            List<String> desktopNames,
            BatchPlan plan,
            int threshold,
            @Nullable Group group,
            List<UUID> scriptIds,
            List<Integer> versionNos,
            Instant now) {
        int scripts() {
            return Math.max(1, scriptIds.size());
        }
    }

    /** The tasks' places in the queue, which are in their order. */
    Future<Map<UUID, Long>> insert(SqlClient sql, List<NewTask> tasks) {
        return sql.preparedQuery(INSERT)
                .execute(values(tasks))
                .map(TaskStore::queueNos)
                .compose(queueNos -> insertScripts(sql, tasks, queueNos).map(queueNos));
    }

    private static Map<UUID, Long> queueNos(RowSet<Row> rows) {
        var queueNos = new HashMap<UUID, Long>();
        rows.forEach(row -> queueNos.put(row.getUUID("id"), row.getLong("queue_no")));
        return queueNos;
    }

    private static Tuple values(List<NewTask> tasks) {
        var codes = Slices.of(
                tasks, task -> command(task).map(Work.Command::successCodes).orElse(List.of(0)));
        var desktops = Slices.of(tasks, NewTask::desktopIds);
        var gray = Slices.of(tasks, task -> task.plan().gray());
        return Tuple.from(new Object[] {
            column(tasks, UUID[]::new, NewTask::id),
            column(tasks, String[]::new, task -> task.request().projectId()),
            column(tasks, String[]::new, task -> command(task).isPresent() ? "COMMAND" : "SCRIPT"),
            column(tasks, String[]::new, task -> command(task)
                    .map(Work.Command::content)
                    .orElse(null)),
            column(tasks, String[]::new, task -> command(task)
                    .map(of -> of.type().name())
                    .orElse(null)),
            codes.all(Integer[]::new),
            codes.from(),
            codes.to(),
            column(
                    tasks,
                    String[]::new,
                    task -> task.group() == null ? null : task.group().type()),
            column(
                    tasks,
                    String[]::new,
                    task -> task.group() == null ? null : task.group().id()),
            column(
                    tasks,
                    String[]::new,
                    task -> task.group() == null ? null : task.group().name()),
            desktops.all(UUID[]::new),
            desktops.from(),
            desktops.to(),
            gray.all(UUID[]::new),
            gray.from(),
            gray.to(),
            column(tasks, Integer[]::new, NewTask::threshold),
            column(tasks, String[]::new, task -> name(task.request().preStart())),
            column(tasks, String[]::new, task -> name(task.request().postFinish())),
            column(tasks, Integer[]::new, task -> task.request().startTimeoutMinutes()),
            column(tasks, Integer[]::new, task -> task.request().executionTimeoutMinutes()),
            column(tasks, String[]::new, task -> (task.plan().hasGray() ? Gate.PENDING : Gate.NONE).name()),
            column(tasks, Integer[]::new, task -> task.desktopIds().size() * task.scripts()),
            column(tasks, Integer[]::new, task -> task.plan().gray().size() * task.scripts()),
            column(tasks, String[]::new, task -> task.request().createdBy()),
            column(tasks, OffsetDateTime[]::new, task -> utc(task.now()))
        });
    }

    private static Optional<Work.Command> command(NewTask task) {
        return task.request().work() instanceof Work.Command command ? Optional.of(command) : Optional.empty();
    }

    private static @Nullable String name(@Nullable Enum<?> step) {
        return step == null ? null : step.name();
    }

    private static <T> T[] column(
            List<NewTask> tasks, IntFunction<T[]> array, Function<NewTask, ? extends @Nullable T> value) {
        return tasks.stream().map(value).toArray(array);
    }

    /** The lists of several rows, one behind the other; where each begins and ends counts from 1, as in PostgreSQL. */
    private record Slices<T>(List<T> elements, Integer[] from, Integer[] to) {
        static <T> Slices<T> of(List<NewTask> tasks, Function<NewTask, List<T>> list) {
            var elements = new ArrayList<T>();
            var from = new Integer[tasks.size()];
            var to = new Integer[tasks.size()];
            for (int i = 0; i < tasks.size(); i++) {
                from[i] = elements.size() + 1;
                elements.addAll(list.apply(tasks.get(i)));
                to[i] = elements.size();
            }
            return new Slices<>(elements, from, to);
        }

        T[] all(IntFunction<T[]> array) {
            return elements.toArray(array);
        }
    }

    private static Future<Void> insertScripts(SqlClient sql, List<NewTask> tasks, Map<UUID, Long> queueNos) {
        var taskIds = new ArrayList<UUID>();
        var indexes = new ArrayList<Integer>();
        var scriptIds = new ArrayList<UUID>();
        var versionNos = new ArrayList<Integer>();
        for (NewTask task : tasks) {
            for (int i = 0; i < task.scriptIds().size(); i++) {
                taskIds.add(task.id());
                indexes.add(i);
                scriptIds.add(task.scriptIds().get(i));
                versionNos.add(task.versionNos().get(i));
            }
        }
        return taskIds.isEmpty()
                ? Future.succeededFuture()
                : sql.preparedQuery(INSERT_SCRIPTS)
                        .execute(Tuple.from(new Object[] {
                            taskIds.toArray(UUID[]::new),
                            indexes.toArray(Integer[]::new),
                            scriptIds.toArray(UUID[]::new),
                            versionNos.toArray(Integer[]::new),
                            taskIds.stream().map(queueNos::get).toArray(Long[]::new)
                        }))
                        .mapEmpty();
    }

    /** Locks tasks in the order of their ids, as everybody does who changes records. */
    Future<List<TaskState>> lock(SqlClient sql, Collection<UUID> taskIds) {
        return sql.preparedQuery(LOCK)
                .execute(Tuple.of(taskIds.toArray(UUID[]::new)))
                .map(TaskStore::states);
    }

    Future<List<TaskState>> lockOfRecords(SqlClient sql, Collection<UUID> recordIds) {
        return sql.preparedQuery(LOCK_OF_RECORDS)
                .execute(Tuple.of(recordIds.toArray(UUID[]::new)))
                .map(TaskStore::states);
    }

    Future<Optional<UUID>> find(SqlClient sql, String projectId, UUID taskId) {
        return sql.preparedQuery(EXISTS)
                .execute(Tuple.of(projectId, taskId))
                .map(rows -> rows.size() == 0 ? Optional.empty() : Optional.of(taskId));
    }

    Future<Integer> decideGate(SqlClient sql, UUID taskId, GrayGate.Decision decision) {
        return sql.preparedQuery(DECIDE_GATE)
                .execute(Tuple.of(taskId, decision.state().name(), decision.reason()))
                .map(RowSet::rowCount);
    }

    Future<Integer> start(SqlClient sql, Collection<UUID> taskIds, Instant now) {
        return sql.preparedQuery(START)
                .execute(Tuple.of(taskIds.toArray(UUID[]::new), utc(now)))
                .map(RowSet::rowCount);
    }

    static List<TaskState> states(RowSet<Row> rows) {
        var states = new ArrayList<TaskState>(rows.size());
        for (RowIterator<Row> i = rows.iterator(); i.hasNext(); ) {
            Row row = i.next();
            states.add(new TaskState(
                    row.getUUID("id"),
                    Gate.valueOf(row.getString("gate")),
                    row.getInteger("gray_fail_threshold"),
                    row.getInteger("gray_total"),
                    row.getInteger("gray_ended"),
                    row.getInteger("gray_failed"),
                    row.getBoolean("post"),
                    row.getInteger("start_timeout"),
                    row.getInteger("execution_timeout")));
        }
        return states;
    }
}
