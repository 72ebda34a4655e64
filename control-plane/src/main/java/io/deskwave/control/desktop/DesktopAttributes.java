package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the vendor's API says of a desktop and means nothing here: kept, and shown with it. Pure. */
final class DesktopAttributes {
    static final String TAGS = "tags";
    private static final int MAX_CHARS = 10_000;

    /** What a pool's desktops have from it. */
    private static final List<String> FROM_POOL = List.of(
            "availability_zone",
            "product_id",
            "flavor_id",
            "image_type",
            "image_id",
            "root_volume",
            "data_volumes",
            "vpc_id",
            "subnet_ids",
            "security_groups",
            "ou_name",
            TAGS,
            "enterprise_project_id",
            "domain");

    /** What a desktop's view shows by the same name. */
    private static final List<String> SHOWN = List.of(
            "ou_name", "user_group", "share_resource_sku", "subnet_id", "availability_zone", "enterprise_project_id");

    /** And in full. */
    private static final List<String> SHOWN_IN_DETAIL = List.of("product_id", "order_id", "domain");

    private DesktopAttributes() {}

    static JsonObject ofPool(JsonObject pool) {
        var attributes = new JsonObject();
        FROM_POOL.stream().filter(pool::containsKey).forEach(name -> attributes.put(name, pool.getValue(name)));
        return checked(withSubnet(attributes));
    }

    /** With the subnet that the first network card or the first of the subnets names. */
    static JsonObject withSubnet(JsonObject attributes) {
        JsonArray subnets = attributes.getValue("subnet_ids") instanceof JsonArray array ? array : new JsonArray();
        String subnet = !subnets.isEmpty() && subnets.getValue(0) instanceof String first ? first : null;
        if (attributes.getValue("nics") instanceof JsonArray nics
                && !nics.isEmpty()
                && nics.getValue(0) instanceof JsonObject nic) {
            subnet = nic.getString("subnet_id", subnet);
        }
        return subnet == null ? attributes : attributes.put("subnet_id", subnet);
    }

    static JsonObject checked(JsonObject attributes) {
        if (attributes.encode().length() > MAX_CHARS) {
            throw new ApiException.BadRequest(
                    "the body is too large: send at most " + MAX_CHARS + " characters for each desktop");
        }
        if (!hasFitTags(attributes)) {
            throw new ApiException.BadRequest(
                    "tags must be at most " + Tag.MOST + " objects with a key and maybe a value, both of them strings");
        }
        return attributes;
    }

    static boolean hasFitTags(JsonObject attributes) {
        Object tags = attributes.getValue(TAGS);
        return tags == null
                || (tags instanceof JsonArray array
                        && array.size() <= Tag.MOST
                        && array.stream().allMatch(DesktopAttributes::isTag));
    }

    private static boolean isTag(Object each) {
        return each instanceof JsonObject tag
                && tag.getValue("key") instanceof String key
                && !key.isEmpty()
                && tag.getValue("value", "") instanceof String;
    }

    /** Whom the desktop is assigned to. */
    static Optional<JsonObject> user(JsonObject attributes) {
        if (!(attributes.getValue("user_name") instanceof String name) || name.isEmpty()) {
            return Optional.empty();
        }
        var user = new JsonObject().put("user_name", name).put("type", "USER");
        for (String member : List.of("user_id", "user_group")) {
            if (attributes.getValue(member) instanceof String text) {
                user.put(member, text);
            }
        }
        return Optional.of(user);
    }

    static void show(JsonObject attributes, Map<String, Object> view) {
        show(SHOWN, attributes, view);
    }

    static void showInDetail(JsonObject attributes, Map<String, Object> view) {
        show(SHOWN_IN_DETAIL, attributes, view);
        if (attributes.getValue("security_groups") instanceof JsonArray groups) {
            view.put("security_groups", groups);
        }
        view.put("attributes", attributes);
    }

    private static void show(List<String> names, JsonObject attributes, Map<String, Object> view) {
        for (String name : names) {
            if (attributes.getValue(name) instanceof String text) {
                view.put(name, text);
            }
        }
    }
}
