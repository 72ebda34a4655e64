package io.deskwave.control.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** The operations of an OpenAPI document, as somebody reads them who has nothing else. */
public final class ApiDocument {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch", "head", "options");

    private final JsonObject document;
    private final List<ApiOperation> operations;

    public ApiDocument(JsonObject document) {
        this.document = document;
        List<ApiOperation> found = new ArrayList<>();
        document.getJsonObject("paths").forEach(path -> {
            JsonObject item = (JsonObject) path.getValue();
            JsonArray shared = item.getJsonArray("parameters", new JsonArray());
            item.fieldNames().stream()
                    .filter(METHODS::contains)
                    .forEach(method -> found.add(
                            ApiOperation.of(path.getKey(), method, item.getJsonObject(method), shared, document)));
        });
        // A fixed segment wins over a parameter.
        found.sort(Comparator.comparing((ApiOperation o) -> o.path().replace('{', '~'))
                .thenComparing(ApiOperation::method));
        this.operations = List.copyOf(found);
    }

    public JsonObject json() {
        return document;
    }

    public List<ApiOperation> operations() {
        return operations;
    }

    public ApiOperation get(String operationId) {
        return operations.stream()
                .filter(o -> o.id().equals(operationId))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no operation " + operationId));
    }

    /** What serves this method at this path; the query string is not looked at. */
    public Optional<ApiOperation> find(String method, String target) {
        String[] steps = target.split("[?#]", 2)[0].split("/", -1);
        return operations.stream()
                .filter(o ->
                        o.method().equalsIgnoreCase(method) && fits(o.path().split("/", -1), steps))
                .findFirst();
    }

    /** Whether the document has anything at this path. */
    public boolean knows(String target) {
        String[] steps = target.split("[?#]", 2)[0].split("/", -1);
        return operations.stream().anyMatch(o -> fits(o.path().split("/", -1), steps));
    }

    private static boolean fits(String[] template, String[] steps) {
        return template.length == steps.length
                && IntStream.range(0, steps.length)
                        .allMatch(
                                i -> template[i].startsWith("{") ? !steps[i].isEmpty() : template[i].equals(steps[i]));
    }
}
