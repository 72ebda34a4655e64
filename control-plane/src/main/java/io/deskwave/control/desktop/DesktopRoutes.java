package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operations on desktops. */
public final class DesktopRoutes {
    private static final int LIST_LIMIT = 1000;
    private static final int DETAIL_LIMIT = 500;

    private final Desktops desktops;
    private final Deletions deletions;

    public DesktopRoutes(Desktops desktops, Deletions deletions) {
        this.desktops = desktops;
        this.deletions = deletions;
    }

    public void mount(Operations operations) {
        operations.on("ListDesktops", call -> list(call, DesktopView::simple, LIST_LIMIT));
        operations.on("ListDesktopsDetail", call -> list(call, DesktopView::detail, DETAIL_LIMIT));
        operations.on("ShowDesktopDetail", this::show);
        operations.on("UpdateDesktop", this::update);
        operations.on("DeleteDesktop", this::delete);
        operations.on("BatchDeleteDesktops", this::deleteAll);
    }

    private Future<ApiAnswer> list(ApiCall call, Function<Desktop, Map<String, Object>> view, int absentLimit) {
        int limit = call.queryNumber("limit", absentLimit);
        int offset = call.queryNumber("offset", 0);
        return desktops.list(call.projectId(), DesktopQuery.of(call::queryAll), limit, offset)
                .map(page -> ApiAnswer.ok(answer("desktops", page.map(view))));
    }

    private Future<ApiAnswer> show(ApiCall call) {
        return desktops.get(call.projectId(), id(call))
                .map(desktop ->
                        ApiAnswer.ok(new JsonObject().put("desktop", new JsonObject(DesktopView.detail(desktop)))));
    }

    private Future<ApiAnswer> update(ApiCall call) {
        JsonObject desktop = call.body().getJsonObject("desktop", new JsonObject());
        var attributes = new JsonObject();
        String selfBackup = desktop.getString("self_backup_management");
        if (selfBackup != null) {
            attributes.put("self_backup_management", selfBackup);
        }
        return desktops.update(call.projectId(), id(call), name(desktop.getString("computer_name")), attributes)
                .map(updated -> ApiAnswer.empty());
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return desktops.delete(call.projectId(), id(call)).map(deleted -> ApiAnswer.noContent());
    }

    private Future<ApiAnswer> deleteAll(ApiCall call) {
        List<String> ids = call.body().getJsonArray("desktop_ids").stream()
                .map(String.class::cast)
                .toList();
        return deletions
                .delete(call.projectId(), ids)
                .map(jobId -> new ApiAnswer(202, new JsonObject().put("job_id", jobId.toString())));
    }

    private static @Nullable String name(@Nullable String name) {
        if (name != null && name.isBlank()) {
            throw new ApiException.BadRequest("desktop.computer_name must not be blank: send 1 to 255 characters");
        }
        return name == null ? null : Texts.plain("desktop.computer_name", name);
    }

    private static UUID id(ApiCall call) {
        return call.pathId("desktop_id", "desktop");
    }

    static JsonObject answer(String rows, Page<Map<String, Object>> page) {
        var list = new JsonArray();
        page.rows().forEach(row -> list.add(new JsonObject(row)));
        return new JsonObject().put("total_count", page.total()).put(rows, list);
    }
}
