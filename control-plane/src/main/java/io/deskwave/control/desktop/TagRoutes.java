package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The operations on the tags of desktops. */
public final class TagRoutes {
    private static final int PROJECT_LIMIT = 1000;

    private final Tags tags;
    private final Desktops desktops;

    public TagRoutes(Tags tags, Desktops desktops) {
        this.tags = tags;
        this.desktops = desktops;
    }

    public void mount(Operations operations) {
        operations.on("CreateTag", this::create);
        operations.on("ShowTagByDesktopId", this::show);
        operations.on("BatchChangeTags", this::change);
        operations.on("DeleteTag", this::delete);
        operations.on("BatchAddDesktopsTags", call -> answer(tags.putAll(call.projectId(), ofDesktops(call))));
        operations.on("BatchDeleteDesktopsTags", call -> answer(tags.removeAll(call.projectId(), ofDesktops(call))));
        operations.on("ListProjectTags", this::listOfProject);
        operations.on("ListDesktopByTags", this::listDesktops);
        operations.on("ListDesktopsByTags", this::listDesktops);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        return answer(tags.put(
                call.projectId(), desktopId(call), List.of(tag(call.body().getJsonObject("tag")))));
    }

    private Future<ApiAnswer> show(ApiCall call) {
        return desktops.get(call.projectId(), desktopId(call))
                .map(desktop -> ApiAnswer.ok(new JsonObject().put("tags", array(desktop.tags()))));
    }

    private Future<ApiAnswer> change(ApiCall call) {
        List<Tag> named = tags(call.body());
        String action = call.body().getString("action", "");
        if (action.isEmpty()) {
            throw new ApiException.BadRequest("action is missing: send create or delete");
        }
        if (named.isEmpty() && !call.body().containsKey("sys_tags")) {
            throw new ApiException.BadRequest("tags is missing or empty: send 1 to " + Tag.MOST + " tags");
        }
        return answer(
                action.equals("create")
                        ? tags.put(call.projectId(), desktopId(call), named)
                        : tags.remove(call.projectId(), desktopId(call), named));
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return answer(tags.remove(call.projectId(), desktopId(call), List.of(new Tag(call.path("key"), ""))));
    }

    private Future<ApiAnswer> listOfProject(ApiCall call) {
        return tags.listOfProject(
                        call.projectId(),
                        call.query("key").orElse(null),
                        call.query("value").orElse(null),
                        call.queryNumber("limit", PROJECT_LIMIT),
                        call.queryNumber("offset", 0))
                .map(page -> {
                    var list = new JsonArray();
                    page.rows()
                            .forEach(tag -> list.add(
                                    new JsonObject().put("key", tag.key()).put("values", new JsonArray(tag.values()))));
                    return ApiAnswer.ok(new JsonObject().put("tags", list).put("totalCount", page.total()));
                });
    }

    private Future<ApiAnswer> listDesktops(ApiCall call) {
        TagQuery query = TagQuery.of(call.body());
        int limit = query.countOnly() ? 0 : query.limit();
        return desktops.list(call.projectId(), query.filter(), limit, query.offset())
                .map(page -> {
                    JsonObject answer = new JsonObject().put("total_count", page.total());
                    if (query.countOnly()) {
                        return ApiAnswer.ok(answer);
                    }
                    var resources = new JsonArray();
                    page.rows().forEach(desktop -> resources.add(resource(desktop)));
                    return ApiAnswer.ok(answer.put("offset", query.offset()).put("resources", resources));
                });
    }

    private static JsonObject resource(Desktop desktop) {
        return new JsonObject()
                .put("resource_id", desktop.id().toString())
                .put("resource_name", desktop.computerName())
                .put("resource_detail", "")
                .put("tags", array(desktop.tags()));
    }

    /** The tags by the desktops; what is no id of ours is no desktop here. */
    private static Map<UUID, List<Tag>> ofDesktops(ApiCall call) {
        var byDesktop = new HashMap<UUID, List<Tag>>();
        for (Object entry : call.body().getJsonArray("desktops")) {
            JsonObject desktop = (JsonObject) entry;
            Uuids.parse(desktop.getString("desktop_id")).ifPresent(id -> byDesktop
                    .computeIfAbsent(id, first -> new ArrayList<>())
                    .addAll(tags(desktop)));
        }
        return byDesktop;
    }

    private static List<Tag> tags(JsonObject body) {
        return body.getJsonArray("tags", new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .map(TagRoutes::tag)
                .toList();
    }

    private static Tag tag(JsonObject tag) {
        return new Tag(tag.getString("key"), tag.getString("value", ""));
    }

    private static JsonArray array(List<Tag> tags) {
        var array = new JsonArray();
        DesktopView.tags(tags).forEach(tag -> array.add(new JsonObject(tag)));
        return array;
    }

    private static Future<ApiAnswer> answer(Future<Void> changed) {
        return changed.map(done -> ApiAnswer.noContent());
    }

    private static UUID desktopId(ApiCall call) {
        return call.pathId("desktop_id", "desktop");
    }
}
