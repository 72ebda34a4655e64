package io.deskwave.control.desktop;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** A pool in the vendor's words: its SimpleDesktopPoolInfo, with whatever else its maker sent. */
final class PoolView {
    private static final List<String> PRODUCT = List.of("product_id", "flavor_id");

    private PoolView() {}

    static JsonObject of(DesktopPool pool) {
        JsonObject view = pool.attributes().copy();
        if (!view.containsKey("product")) {
            var product = new JsonObject();
            PRODUCT.stream().filter(view::containsKey).forEach(name -> product.put(name, view.getValue(name)));
            view.put("product", product);
        }
        JsonArray subnets = view.getJsonArray("subnet_ids", new JsonArray());
        if (!subnets.isEmpty()) {
            view.put("subnet_id", subnets.getString(0));
        }
        for (String list : List.of("data_volumes", "security_groups", "tags", "subnet_ids")) {
            view.getMap().putIfAbsent(list, new JsonArray());
        }
        view.getMap().putIfAbsent("enable_autoscale", false);
        view.getMap().putIfAbsent("in_maintenance_mode", false);
        view.getMap().putIfAbsent("enterprise_project_id", DesktopView.ENTERPRISE_PROJECT);
        return view.put("id", pool.id().toString())
                .put("name", pool.name())
                .put("type", pool.type())
                .put("description", pool.description())
                .put("created_time", DesktopView.MILLIS.format(pool.createdAt()))
                .put("desktop_count", pool.desktopCount())
                .put("desktop_used", pool.desktopUsed())
                .put("isolation_num", 0)
                .put("status", pool.growing() ? "TEMPORARY" : "STEADY");
    }
}
