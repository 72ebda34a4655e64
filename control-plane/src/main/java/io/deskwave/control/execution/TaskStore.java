package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.execution.TaskState.Gate;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes tasks. Counters and status move with the records, in {@link RecordStore}. */
final class TaskStore {
    private static final String INSERT =
            """
            INSERT INTO execution_tasks (
                id, project_id, task_type, command_content, command_type, success_codes,
                resource_group_type, resource_group_id, resource_group_name, resource_ids, gray_resource_ids,
                gray_fail_threshold, pre_start, post_finish, start_timeout, execution_timeout,
                gate, total, gray_total, created_by, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
            RETURNING queue_no
            """;

    private static final String INSERT_SCRIPTS =
            """
            INSERT INTO execution_task_scripts (task_id, script_index, script_id, version_no, queue_no)
            SELECT $1, n.script_index - 1, n.script_id, n.version_no, $4
            FROM unnest($2::uuid[], $3::int[]) WITH ORDINALITY AS n (script_id, version_no, script_index)
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

    /** The task's place in the queue. */
    Future<Long> insert(SqlClient sql, NewTask task) {
        return insertAll(sql, List.of(task)).map(queueNos -> queueNos.get(0));
    }

    /** In one round trip; the tasks' places in the queue, in their order. */
    Future<List<Long>> insertAll(SqlClient sql, List<NewTask> tasks) {
        return sql.preparedQuery(INSERT)
                .executeBatch(tasks.stream().map(TaskStore::values).toList())
                .map(TaskStore::queueNos)
                .compose(queueNos -> insertScripts(sql, tasks, queueNos).map(queueNos));
    }

    private static List<Long> queueNos(RowSet<Row> first) {
        var queueNos = new ArrayList<Long>();
        for (RowSet<Row> rows = first; rows != null; rows = rows.next()) {
            queueNos.add(rows.iterator().next().getLong("queue_no"));
        }
        return queueNos;
    }

    private static Tuple values(NewTask task) {
        ExecutionRequest request = task.request();
        var command = request.work() instanceof ExecutionRequest.Work.Command c ? c : null;
        Group group = task.group();
        Object[] values = {
            task.id(),
            request.projectId(),
            command == null ? "SCRIPT" : "COMMAND",
            command == null ? null : command.content(),
            command == null ? null : command.type().name(),
            (command == null ? List.of(0) : command.successCodes()).toArray(Integer[]::new),
            group == null ? null : group.type(),
            group == null ? null : group.id(),
            group == null ? null : group.name(),
            task.desktopIds().toArray(UUID[]::new),
            task.plan().gray().toArray(UUID[]::new),
            task.threshold(),
            request.preStart() == null ? null : request.preStart().name(),
            request.postFinish() == null ? null : request.postFinish().name(),
            request.startTimeoutMinutes(),
            request.executionTimeoutMinutes(),
            (task.plan().hasGray() ? Gate.PENDING : Gate.NONE).name(),
            task.desktopIds().size() * task.scripts(),
            task.plan().gray().size() * task.scripts(),
            request.createdBy(),
            utc(task.now())
        };
        return Tuple.from(values);
    }

    private static Future<@Nullable Void> insertScripts(SqlClient sql, List<NewTask> tasks, List<Long> queueNos) {
        var values = new ArrayList<Tuple>();
        for (int i = 0; i < tasks.size(); i++) {
            NewTask task = tasks.get(i);
            if (!task.scriptIds().isEmpty()) {
                values.add(Tuple.of(
                        task.id(),
                        task.scriptIds().toArray(UUID[]::new),
                        task.versionNos().toArray(Integer[]::new),
                        queueNos.get(i)));
            }
        }
        return values.isEmpty()
                ? Future.succeededFuture()
                : sql.preparedQuery(INSERT_SCRIPTS).executeBatch(values).mapEmpty();
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
