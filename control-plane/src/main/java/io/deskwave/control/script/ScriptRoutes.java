package io.deskwave.control.script;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Paging;
import io.deskwave.control.http.Uuids;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The operations on scripts, in the vendor's words. */
public final class ScriptRoutes {
    private static final String SCRIPT = "script";
    private final Scripts scripts;

    public ScriptRoutes(Scripts scripts) {
        this.scripts = scripts;
    }

    public void hang(Operations operations) {
        operations.on("CreateScript", this::create);
        operations.on("ListScripts", this::list);
        operations.on("ShowScriptDetail", this::show);
        operations.on("UpdateScript", this::update);
        operations.on("DeleteScript", this::delete);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        ScriptType type = ScriptType.valueOf(call.body().getString("type"));
        return scripts.create(call.projectId(), type, ScriptDraft.of(call.body()))
                .map(id -> ApiAnswer.ok(new JsonObject().put("script_id", id.toString())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        Optional<String> id = call.query("id");
        Optional<UUID> known = id.flatMap(Uuids::parse);
        if (id.isPresent() && known.isEmpty()) {
            return Future.succeededFuture(page(new Scripts.Page(0, List.of())));
        }
        ScriptStore.Filter filter = new ScriptStore.Filter(
                known.orElse(null),
                call.query("name").orElse(null),
                call.query("type").map(ScriptType::valueOf).orElse(null));
        return scripts.list(call.projectId(), filter, Paging.of(call)).map(ScriptRoutes::page);
    }

    private Future<ApiAnswer> show(ApiCall call) {
        UUID id = call.pathId("script_id", SCRIPT);
        Optional<String> task = call.query("script_task_id");
        Future<Script> script = task.isEmpty()
                ? scripts.get(call.projectId(), id)
                : scripts.getAsRun(call.projectId(), id, taskId(task.get()));
        return script.map(s -> ApiAnswer.ok(json(s).put("content", s.content())));
    }

    private Future<ApiAnswer> update(ApiCall call) {
        return scripts.update(call.projectId(), call.pathId("script_id", SCRIPT), ScriptDraft.of(call.body()))
                .map(done -> ApiAnswer.noContent());
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return scripts.delete(call.projectId(), call.pathId("script_id", SCRIPT))
                .map(done -> ApiAnswer.noContent());
    }

    private static ApiAnswer page(Scripts.Page page) {
        JsonArray rows = new JsonArray();
        page.scripts().forEach(script -> rows.add(json(script)));
        return ApiAnswer.ok(new JsonObject().put("count", page.count()).put("scripts", rows));
    }

    private static JsonObject json(Script script) {
        return new JsonObject()
                .put("id", script.id().toString())
                .put("name", script.name())
                .put("description", script.description())
                .put("type", script.type().name())
                .put("version", script.version())
                .put("success_codes", new JsonArray(script.successCodes()))
                .put(
                        "create_time",
                        script.createdAt().truncatedTo(ChronoUnit.SECONDS).toString())
                .put(
                        "update_time",
                        script.updatedAt().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    private static UUID taskId(String text) {
        return Uuids.parse(text)
                .orElseThrow(() -> new ApiException.NotFound("there is no task " + text + " in this project"));
    }
}
