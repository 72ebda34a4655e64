package io.deskwave.control.execution;

import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.ExecutionRequest.PreStart;
import io.deskwave.control.execution.ExecutionRequest.Target;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Uuids;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** ExecuteScriptOrCommand, ExecuteDesktopPoolScript, ExecuteScriptByDesktopTag, StopScriptExecution, RetryScriptExecution. */
public final class ExecutionRoutes {
    private final Executions executions;
    private final Interventions interventions;

    public ExecutionRoutes(Executions executions, Interventions interventions) {
        this.executions = executions;
        this.interventions = interventions;
    }

    public void mount(Operations operations) {
        operations.on("ExecuteScriptOrCommand", this::start);
        operations.on("ExecuteDesktopPoolScript", this::startOnPool);
        operations.on("ExecuteDesktopPoolScriptAlias", this::startOnPool);
        operations.on("ExecuteScriptByDesktopTag", this::startByTag);
        operations.on("StopScriptExecution", this::stop);
        operations.on("RetryScriptExecution", this::retry);
    }

    private Future<ApiAnswer> start(ApiCall call) {
        JsonObject body = call.body();
        String group = body.getString("resource_group_id", "");
        List<UUID> named = ids(body, "resource_ids", "desktop");
        if (group.isEmpty() == named.isEmpty()) {
            throw new ApiException.BadRequest(
                    "say where to run: send either resource_ids, or resource_group_type DESKTOP_POOL with resource_group_id");
        }
        if (!group.isEmpty() && !"DESKTOP_POOL".equals(body.getString("resource_group_type"))) {
            throw new ApiException.BadRequest(
                    "resource_group_type must be DESKTOP_POOL when resource_group_id is sent");
        }
        Target target = group.isEmpty() ? new Target.Desktops(named) : new Target.Pool(poolId(group), List.of());
        return start(call, target, true);
    }

    private Future<ApiAnswer> startOnPool(ApiCall call) {
        var target =
                new Target.Pool(call.pathId("pool_id", "desktop pool"), ids(call.body(), "desktop_ids", "desktop"));
        return start(call, target, false);
    }

    private Future<ApiAnswer> startByTag(ApiCall call) {
        return start(call, new Target.Tag(call.body().getString("desktop_tag")), false);
    }

    private Future<ApiAnswer> start(ApiCall call, Target target, boolean thresholdBelowCount) {
        ExecutionRequest request = request(call, target, thresholdBelowCount);
        return RequestKey.of(call)
                .map(key -> executions.start(request, key))
                .orElseGet(() -> executions.start(request))
                .map(accepted -> ApiAnswer.ok(accepted(accepted)));
    }

    private static JsonObject accepted(Executions.Accepted accepted) {
        var answer =
                new JsonObject().put("task_id", accepted.taskId().toString()).put("rule", accepted.rule());
        return accepted.repeated() ? answer.put("repeated", true) : answer;
    }

    private static ExecutionRequest request(ApiCall call, Target target, boolean thresholdBelowCount) {
        JsonObject body = call.body();
        int timeout = body.getInteger("execution_timeout", 0);
        return new ExecutionRequest(
                call.projectId(),
                target,
                work(body),
                body.getInteger("gray_count", 0),
                ids(body, either(body, "gray_desktop_ids", "gray_resource_ids"), "desktop"),
                body.getInteger("gray_fail_threshold"),
                thresholdBelowCount,
                body.getInteger("start_timeout", ExecutionRequest.DEFAULT_START_TIMEOUT_MINUTES),
                timeout == 0 ? ExecutionRequest.DEFAULT_EXECUTION_TIMEOUT_MINUTES : timeout,
                step(PreStart.class, body.getString("pre_start")),
                step(PostFinish.class, body.getString("post_finish")),
                call.caller().userName());
    }

    private static Work work(JsonObject body) {
        List<UUID> scriptIds = ids(body, "script_ids", "script");
        String field = either(body, "command_content", "command");
        String command = body.getString(field, "");
        if (scriptIds.isEmpty() == command.isEmpty()) {
            throw new ApiException.BadRequest(
                    "say what to run: send either script_ids, or command_content with command_type");
        }
        if (command.isEmpty()) {
            if (body.containsKey("success_codes")) {
                throw new ApiException.BadRequest(
                        "success_codes goes with a command; a script has its own, set where it is created");
            }
            return new Work.Scripts(scriptIds);
        }
        if (command.isBlank()) {
            throw new ApiException.BadRequest(field + " must be a text to run, not blanks");
        }
        String type = body.getString("command_type", "");
        if (type.isEmpty()) {
            throw new ApiException.BadRequest("command_type is needed with a command: send POWERSHELL, BAT or SHELL");
        }
        return new Work.Command(command, ScriptType.valueOf(type), successCodes(body));
    }

    private static List<Integer> successCodes(JsonObject body) {
        JsonArray codes = body.getJsonArray("success_codes");
        if (codes == null) {
            return List.of(0);
        }
        var list = new ArrayList<Integer>();
        for (int i = 0; i < codes.size(); i++) {
            list.add(codes.getInteger(i));
        }
        return list;
    }

    /** Both spellings of a field are taken, but not both at once. */
    private static String either(JsonObject body, String name, String otherName) {
        if (body.containsKey(name) && body.containsKey(otherName)) {
            throw new ApiException.BadRequest(name + " and " + otherName + " mean the same: send one of them");
        }
        return body.containsKey(otherName) ? otherName : name;
    }

    private static <E extends Enum<E>> @Nullable E step(Class<E> type, @Nullable String text) {
        return text == null || text.isEmpty() ? null : Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
    }

    private static List<UUID> ids(JsonObject body, String field, String what) {
        var ids = new ArrayList<UUID>();
        for (Object value : body.getJsonArray(field, new JsonArray())) {
            ids.add(Uuids.parse(String.valueOf(value))
                    .orElseThrow(() -> new ApiException.NotFound(
                            field + ": there is no " + what + " '" + value + "' in this project")));
        }
        return ids;
    }

    private static UUID poolId(String text) {
        return Uuids.parse(text)
                .orElseThrow(() -> new ApiException.NotFound("there is no desktop pool " + text + " in this project"));
    }

    private Future<ApiAnswer> stop(ApiCall call) {
        return interventions
                .stop(call.projectId(), named(call.body()), call.caller().userName())
                .map(stopped -> ApiAnswer.ok(new JsonObject()
                        .put("task_id", stopped.taskId().toString())
                        .put("ended_num", stopped.ended())
                        .put("stopping_num", stopped.stopping())));
    }

    private Future<ApiAnswer> retry(ApiCall call) {
        Interventions.Named named = named(call.body());
        return RequestKey.of(call)
                .map(key -> interventions.retry(call.projectId(), named, key))
                .orElseGet(() -> interventions.retry(call.projectId(), named))
                .map(retried -> ApiAnswer.ok(retried(retried)));
    }

    private static JsonObject retried(Interventions.Retried retried) {
        var answer =
                new JsonObject().put("task_id", retried.taskId().toString()).put("retried_num", retried.records());
        return retried.repeated() ? answer.put("repeated", true) : answer;
    }

    private static Interventions.Named named(JsonObject body) {
        String record = body.getString("record_id", "");
        String task = body.getString("task_id", "");
        if (record.isEmpty() == task.isEmpty()) {
            throw new ApiException.BadRequest("send either record_id or task_id");
        }
        String text = record.isEmpty() ? task : record;
        UUID id = Uuids.parse(text)
                .orElseThrow(() -> new ApiException.NotFound(
                        "there is no " + (record.isEmpty() ? "task " : "record ") + text + " in this project"));
        return record.isEmpty() ? new Interventions.Named(null, id) : new Interventions.Named(id, null);
    }
}
