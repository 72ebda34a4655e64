package io.deskwave.control.schedule;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Paging;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The operations on scheduled tasks, in the vendor's words. */
public final class ScheduledTaskRoutes {
    private static final int EXECUTIONS_SHOWN = 10;
    private final ScheduledTasks tasks;

    public ScheduledTaskRoutes(ScheduledTasks tasks) {
        this.tasks = tasks;
    }

    public void mount(Operations operations) {
        operations.on("CreateScheduledTasks", this::create);
        operations.on("ListScheduledTasks", this::list);
        operations.on("ShowScheduledTasks", this::show);
        operations.on("UpdateScheduledTasks", this::update);
        operations.on("DeleteScheduledTasks", this::delete);
        operations.on("BatchDeleteScheduledTasks", this::deleteAll);
        operations.on("ListFutureExecutions", this::future);
        operations.on("ListScheduledTasksRecords", this::records);
        operations.on("ListScheduledTasksRecordsDetails", this::details);
        operations.on("ListLifeCycleTypeConfigurations", this::lifeCycles);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        requireEffect(call, call.body().getString("task_type"));
        return tasks.create(call.projectId(), call.body(), call.caller().userName())
                .map(id -> ApiAnswer.ok(new JsonObject().put("task_id", id.toString())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        var filter = new ScheduledTaskStore.Filter(
                call.query("task_name").orElse(null),
                call.query("task_type").orElse(null),
                call.query("scheduled_type").orElse(null),
                call.query("life_cycle_type").orElse(null),
                call.query("last_status").orElse(null));
        Instant now = tasks.now();
        return tasks.list(call.projectId(), filter, Paging.of(call))
                .map(page -> answer(
                        "scheduled_tasks",
                        page.tasks().stream()
                                .map(task -> ScheduledTaskView.row(task, now))
                                .toList(),
                        page.total()));
    }

    private Future<ApiAnswer> show(ApiCall call) {
        return tasks.get(call.projectId(), taskId(call)).map(task -> ApiAnswer.ok(ScheduledTaskView.detail(task)));
    }

    private Future<ApiAnswer> update(ApiCall call) {
        return tasks.get(call.projectId(), taskId(call))
                .map(task -> requireEffect(call, task.request().getString("task_type")))
                .compose(may -> tasks.update(call.projectId(), taskId(call), call.body()))
                .map(done -> ApiAnswer.empty());
    }

    /** Who may not do it at once may not have it done later either. */
    @CanIgnoreReturnValue
    private static boolean requireEffect(ApiCall call, String taskType) {
        call.require(TaskType.valueOf(taskType).permission());
        return true;
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return tasks.delete(call.projectId(), taskId(call)).map(done -> ApiAnswer.empty());
    }

    private Future<ApiAnswer> deleteAll(ApiCall call) {
        Set<UUID> ids = new LinkedHashSet<>();
        for (Object id : call.body().getJsonArray("task_ids")) {
            String text = String.valueOf(id);
            ids.add(Uuids.parse(text).orElseThrow(() -> ScheduledTasks.unknown(text, "; nothing was deleted")));
        }
        return tasks.delete(call.projectId(), ids).map(done -> ApiAnswer.empty());
    }

    private Future<ApiAnswer> future(ApiCall call) {
        Instant now = tasks.now();
        JsonObject fields = TaskRequest.tidy(call.body().copy());
        Timing timing = Timing.of(fields, null, now);
        var local = new JsonArray();
        var withOffset = new JsonArray();
        for (Instant execution : tasks.future(timing, now, EXECUTIONS_SHOWN)) {
            local.add(LocalTimes.text(execution, timing.zone()));
            withOffset.add(LocalTimes.textWithOffset(execution, timing.zone()));
        }
        return Future.succeededFuture(ApiAnswer.ok(
                new JsonObject().put("future_executions", local).put("future_executions_with_offset", withOffset)));
    }

    private Future<ApiAnswer> records(ApiCall call) {
        return tasks.listFirings(call.projectId(), taskId(call), Paging.of(call))
                .map(page -> answer(
                        "tasks_records",
                        page.rows().stream().map(ScheduledTaskView::record).toList(),
                        page.total()));
    }

    private Future<ApiAnswer> details(ApiCall call) {
        UUID record = call.pathId("record_id", "record");
        return tasks.listDesktops(call.projectId(), taskId(call), record, Paging.of(call))
                .map(found -> answer(
                        "tasks_records_details",
                        found.page().rows().stream()
                                .map(row -> ScheduledTaskView.onDesktop(found.firing(), row))
                                .toList(),
                        found.page().total()));
    }

    private Future<ApiAnswer> lifeCycles(ApiCall call) {
        return Future.succeededFuture(ApiAnswer.ok(LifeCycles.configurations(call.query("type"))));
    }

    private static UUID taskId(ApiCall call) {
        return call.pathId("task_id", "scheduled task");
    }

    private static ApiAnswer answer(String name, List<JsonObject> rows, long total) {
        return ApiAnswer.ok(new JsonObject().put(name, new JsonArray(rows)).put("total_count", total));
    }
}
