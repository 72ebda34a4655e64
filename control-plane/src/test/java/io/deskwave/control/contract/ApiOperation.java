package io.deskwave.control.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One operation, its references resolved.
 *
 * @param json        all the document says of it
 * @param requestBody what a JSON body must fit; empty when the operation takes none
 */
public record ApiOperation(
        String id,
        String method,
        String path,
        JsonObject json,
        boolean isPublic,
        List<Parameter> parameters,
        Optional<Body> requestBody) {

    /** @param in path, query or header */
    public record Parameter(String name, String in, boolean required, JsonObject schema) {
        boolean isArray() {
            return "array".equals(schema.getValue("type"));
        }

        /** The schema of one value. */
        JsonObject single() {
            return isArray() ? schema.getJsonObject("items") : schema;
        }
    }

    public record Body(boolean required, JsonObject schema, Optional<JsonObject> example) {}

    static ApiOperation of(String path, String method, JsonObject raw, JsonArray shared, JsonObject document) {
        JsonObject json = SchemaTree.inlined(raw, document);
        JsonArray security = raw.getJsonArray("security", document.getJsonArray("security", new JsonArray()));
        JsonObject common = SchemaTree.inlined(new JsonObject().put("parameters", shared), document);
        return new ApiOperation(
                json.getString("operationId"),
                method.toUpperCase(Locale.ROOT),
                path,
                json,
                security.isEmpty(),
                Stream.of(common, json)
                        .flatMap(from -> from.getJsonArray("parameters", new JsonArray()).stream())
                        .map(p -> parameter((JsonObject) p))
                        .toList(),
                Optional.ofNullable(json.getJsonObject("requestBody")).map(ApiOperation::body));
    }

    private static Parameter parameter(JsonObject json) {
        return new Parameter(
                json.getString("name"),
                json.getString("in"),
                json.getBoolean("required", false),
                json.getJsonObject("schema"));
    }

    private static Body body(JsonObject json) {
        JsonObject media = json.getJsonObject("content").getJsonObject("application/json");
        return new Body(
                json.getBoolean("required", false),
                media.getJsonObject("schema"),
                Examples.of(media).filter(JsonObject.class::isInstance).map(JsonObject.class::cast));
    }

    /** Documented, but served in another way than all others: as a WebSocket. */
    public boolean isOutside() {
        return json.getBoolean("x-outside", false);
    }

    /** What the caller must be allowed to do; empty where being known is enough. */
    String permission() {
        String permission = json.getString("x-permission", "");
        return permission.equals("authenticated") ? "" : permission;
    }

    public boolean hasIamErrors() {
        return "iam".equals(json.getString("x-error-shape"));
    }

    Stream<Parameter> parameters(String in) {
        return parameters.stream().filter(p -> p.in().equals(in));
    }

    public JsonObject responses() {
        return json.getJsonObject("responses");
    }

    /** What is said of answers with this status, in particular or among all others. */
    Optional<JsonObject> response(int status) {
        return Optional.ofNullable(responses().getJsonObject(Integer.toString(status)))
                .or(() -> status < 400
                        ? Optional.empty()
                        : Optional.ofNullable(responses().getJsonObject("default")));
    }
}
