package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** The operations on pools and what is in them. */
public final class PoolRoutes {
    private static final int LIST_LIMIT = 1000;
    private static final int DESKTOPS_LIMIT = 10;
    private static final int MAX_ATTRIBUTES_CHARS = 100_000;
    /** The members of a request that have a place of their own. */
    private static final List<String> OWN = List.of("name", "type", "description", "size", "places_expire_in_minutes");

    private final Pools pools;

    public PoolRoutes(Pools pools) {
        this.pools = pools;
    }

    public void mount(Operations operations) {
        operations.on("CreateDesktopPool", this::create);
        operations.on("ListDesktopPools", this::list);
        operations.on("ShowDesktopPoolDetail", this::show);
        operations.on("UpdateDesktopPool", this::update);
        operations.on("DeleteDesktopPool", this::delete);
        operations.on("ListPoolDesktopsDetail", this::listDesktops);
        operations.on("AddPoolDesktops", this::add);
        operations.on("RemovePoolDesktops", this::remove);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        JsonObject body = call.body();
        var pool = new DesktopPool.New(
                name(body.getString("name")),
                body.getString("type"),
                body.getString("description", ""),
                attributes(body));
        return pools.create(call.projectId(), pool, body.getInteger("size", 0), PlaceRoutes.expireInMinutes(body))
                .map(created -> ApiAnswer.ok(PlaceRoutes.view(created.reservation())
                        .put("pool_id", created.poolId().toString())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        var filter = new PoolStore.Filter(
                call.query("name").orElse(null),
                call.query("type").orElse(null),
                call.queryFlag("in_maintenance_mode").orElse(null),
                call.query("enterprise_project_id").orElse(null));
        int limit = call.queryNumber("limit", LIST_LIMIT);
        return pools.list(call.projectId(), filter, limit, call.queryNumber("offset", 0))
                .map(page -> ApiAnswer.ok(DesktopRoutes.answer(
                        "desktop_pools", page.map(pool -> PoolView.of(pool).getMap()))));
    }

    private Future<ApiAnswer> show(ApiCall call) {
        return pools.get(call.projectId(), id(call)).map(pool -> ApiAnswer.ok(PoolView.of(pool)));
    }

    private Future<ApiAnswer> update(ApiCall call) {
        JsonObject body = call.body();
        String name = body.containsKey("name") ? name(body.getString("name")) : null;
        String description = body.getString("description");
        if (body.containsKey("type")) {
            throw new ApiException.BadRequest("type cannot be changed: make another pool and move the desktops there");
        }
        return pools.update(call.projectId(), id(call), name, description, attributes(body))
                .map(updated -> ApiAnswer.empty());
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return pools.delete(call.projectId(), id(call)).map(deleted -> ApiAnswer.noContent());
    }

    private Future<ApiAnswer> listDesktops(ApiCall call) {
        int limit = call.queryNumber("limit", DESKTOPS_LIMIT);
        int offset = call.queryNumber("offset", 0);
        return pools.listDesktops(call.projectId(), id(call), DesktopQuery.of(call::queryAll), limit, offset)
                .map(page -> ApiAnswer.ok(DesktopRoutes.answer("pool_desktops", page.map(DesktopView::pooled))
                        .put("on_demand_desktops_num", 0)
                        .put("period_desktops_num", 0)));
    }

    private Future<ApiAnswer> add(ApiCall call) {
        return pools.add(call.projectId(), id(call), desktopIds(call)).map(added -> ApiAnswer.empty());
    }

    private Future<ApiAnswer> remove(ApiCall call) {
        return pools.remove(call.projectId(), id(call), desktopIds(call)).map(removed -> ApiAnswer.empty());
    }

    private static List<UUID> desktopIds(ApiCall call) {
        JsonArray ids = call.body().getJsonArray("desktop_ids");
        return ids.stream()
                .map(String.class::cast)
                .distinct()
                .map(PoolRoutes::desktopId)
                .toList();
    }

    private static UUID desktopId(String text) {
        return Uuids.parse(text).orElseThrow(() -> Desktops.notFound(text));
    }

    private static UUID id(ApiCall call) {
        return call.pathId("pool_id", "desktop pool");
    }

    private static String name(String name) {
        if (name.isBlank()) {
            throw new ApiException.BadRequest("name must not be blank: send 1 to 255 characters");
        }
        return Texts.plain("name", name);
    }

    private static JsonObject attributes(JsonObject body) {
        JsonObject attributes = body.copy();
        OWN.forEach(attributes::remove);
        if (attributes.encode().length() > MAX_ATTRIBUTES_CHARS) {
            throw new ApiException.BadRequest("the body is too large: send at most " + MAX_ATTRIBUTES_CHARS
                    + " characters besides name, type and description");
        }
        return attributes;
    }
}
