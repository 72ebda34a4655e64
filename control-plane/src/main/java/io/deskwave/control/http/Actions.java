package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The permissions that the operations of the document ask for, each with the operations that do.
 *
 * @param uses one for each operation and permission
 */
public record Actions(List<Use> uses) {
    private static final List<String> METHODS = List.of("get", "head", "put", "post", "delete", "patch");
    private static final List<String> READING_NAMES = List.of("List", "Show", "Count");

    public Actions {
        uses = List.copyOf(uses);
    }

    /**
     * @param action the permission
     * @param method in capitals
     * @param tag    the feature that the operation belongs to
     */
    public record Use(String action, String operationId, String method, String tag) {
        /** Some of the vendor's lists are asked for with POST. */
        public boolean reads() {
            return method.equals("GET")
                    || method.equals("HEAD")
                    || READING_NAMES.stream().anyMatch(operationId::startsWith);
        }
    }

    public static Future<Actions> load(Vertx vertx) {
        return vertx.executeBlocking(() -> of(Contract.merged()), false);
    }

    public Set<String> all() {
        return uses.stream().map(Use::action).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Those that change nothing, wherever they are asked for. */
    public Set<String> reading() {
        Set<String> reading = all();
        uses.stream().filter(use -> !use.reads()).map(Use::action).forEach(reading::remove);
        return reading;
    }

    static Actions of(JsonObject document) {
        List<Use> uses = new ArrayList<>();
        JsonObject paths = document.getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            JsonObject operations = paths.getJsonObject(path);
            METHODS.stream()
                    .filter(operations::containsKey)
                    .forEach(method -> uses.addAll(of(method, operations.getJsonObject(method))));
        }
        return new Actions(uses);
    }

    private static List<Use> of(String method, JsonObject operation) {
        Stream<String> ofEffects = operation.getJsonArray(Endpoint.PERMISSIONS_OF_EFFECTS, new JsonArray()).stream()
                .map(String::valueOf);
        return Stream.concat(
                        Stream.of(Endpoint.PERMISSION, Endpoint.PERMISSION_FOR_OTHERS)
                                .map(operation::getString),
                        ofEffects)
                .filter(action -> action != null && !action.equals(Endpoint.ANYBODY_KNOWN))
                .map(action -> new Use(
                        action,
                        operation.getString("operationId"),
                        method.toUpperCase(Locale.ROOT),
                        operation.getJsonArray("tags").getString(0)))
                .toList();
    }
}
