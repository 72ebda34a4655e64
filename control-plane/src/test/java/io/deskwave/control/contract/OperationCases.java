package io.deskwave.control.contract;

import io.deskwave.control.contract.ApiOperation.Body;
import io.deskwave.control.contract.ApiOperation.Parameter;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Requests that each are wrong in one way, made from what the document says of one operation. */
final class OperationCases {
    private static final int KNOWN_CALLERS_LIMIT = 2 * 1024 * 1024;
    private static final Set<Integer> BAD = Set.of(400);
    private static final Set<Integer> BAD_OR_NOTHING = Set.of(400, 404);

    /** @param statuses those that are right; empty: any below 500 */
    record Case(String name, Request request, Set<Integer> statuses) {}

    private final ApiOperation operation;
    private final String projectId;
    private final String token;
    private final List<Case> cases = new ArrayList<>();

    private OperationCases(ApiOperation operation, String projectId, String token) {
        this.operation = operation;
        this.projectId = projectId;
        this.token = operation.isPublic() ? "" : token;
    }

    static List<Case> of(ApiOperation operation, String projectId, String token, ApiDocument document) {
        OperationCases made = new OperationCases(operation, projectId, token);
        made.wrongMethod(document);
        if (!operation.isOutside()) {
            made.wrongParameters();
            operation.requestBody().ifPresent(made::wrongBodies);
        }
        return made.cases;
    }

    /** A request that fits the document; its ids are of nothing. */
    static Request fitting(ApiOperation operation, String projectId, String token) {
        return new OperationCases(operation, projectId, token).fitting();
    }

    private Request fitting() {
        Request request = Request.of(operation.method(), target(Map.of(), requiredQuery()), token);
        return operation
                .requestBody()
                .map(body -> request.with("Content-Type: application/json")
                        .withBody(least(body).encode()))
                .orElse(request);
    }

    private static JsonObject least(Body body) {
        return (JsonObject) Samples.least(body.schema());
    }

    private Map<String, String> requiredQuery() {
        Map<String, String> query = new TreeMap<>();
        operation
                .parameters("query")
                .filter(Parameter::required)
                .forEach(p -> query.put(p.name(), String.valueOf(Samples.least(p.single()))));
        return query;
    }

    private String target(Map<String, String> path, Map<String, String> query) {
        StringBuilder target = new StringBuilder();
        for (String step : operation.path().substring(1).split("/", -1)) {
            target.append('/')
                    .append(step.startsWith("{") ? pathValue(step.substring(1, step.length() - 1), path) : step);
        }
        char before = '?';
        for (Map.Entry<String, String> parameter : query.entrySet()) {
            target.append(before).append(parameter.getKey()).append('=').append(parameter.getValue());
            before = '&';
        }
        return target.toString();
    }

    private String pathValue(String name, Map<String, String> path) {
        String other = name.equals("project_id") && operation.path().startsWith("/v2/")
                ? projectId
                : UUID.randomUUID().toString();
        return path.getOrDefault(name, other);
    }

    private void add(String name, Request request, Set<Integer> statuses) {
        cases.add(new Case(name, request, statuses));
    }

    private void wrongMethod(ApiDocument document) {
        String target = target(Map.of(), Map.of());
        for (String method : List.of("PATCH", "DELETE", "PUT", "HEAD")) {
            if (document.find(method, target).isEmpty()) {
                add("the method " + method, Request.of(method, target, token), Set.of(405));
            }
        }
    }

    private void wrongParameters() {
        operation.parameters("path").filter(p -> !p.name().equals("project_id")).forEach(p -> {
            add(p.name() + " of nothing", path(p, "n0nsense"), Set.of());
            add(p.name() + " too long", path(p, "x".repeat(5000)), BAD_OR_NOTHING);
            add(p.name() + " with U+0000", path(p, "%00"), BAD_OR_NOTHING);
            add(p.name() + " not UTF-8", path(p, "%ff%c3%28"), Set.of());
        });
        operation.parameters("query").forEach(this::wrongQuery);
        add("an unknown parameter", query("n0_such", "1"), BAD);
    }

    private Request path(Parameter parameter, String value) {
        return fitting().to(target(Map.of(parameter.name(), value), requiredQuery()));
    }

    private Request query(String name, String value) {
        Map<String, String> query = new TreeMap<>(requiredQuery());
        query.put(name, value);
        return fitting().to(target(Map.of(), query));
    }

    private void wrongQuery(Parameter parameter) {
        String name = parameter.name();
        JsonObject rule = parameter.single();
        String type = Samples.types(rule).stream().findFirst().orElse("string");
        if (type.equals("integer") || type.equals("boolean")) {
            add("the parameter " + name + " of a wrong type", query(name, "n0nsense"), BAD);
        } else {
            add("the parameter " + name + " with U+0000", query(name, "%00"), BAD);
        }
        Samples.justWrong(rule).forEach((what, value) -> {
            if (!"".equals(value)) {
                add("the parameter " + name + " " + what, query(name, encoded(value)), BAD);
            }
        });
        if (parameter.required()) {
            Map<String, String> query = new TreeMap<>(requiredQuery());
            query.remove(name);
            add("without the parameter " + name, fitting().to(target(Map.of(), query)), BAD);
        }
    }

    private static String encoded(Object value) {
        return URLEncoder.encode(String.valueOf(value), StandardCharsets.UTF_8);
    }

    private void wrongBodies(Body body) {
        Request fitting = fitting();
        JsonObject least = least(body);
        if (body.required()) {
            add("without a body", fitting.withBody(""), BAD);
        }
        add("JSON that ends too soon", fitting.withBody("{\"a\":"), BAD);
        add("a list for a body", fitting.withBody("[]"), BAD);
        add("a text for a body", fitting.withBody("\"x\""), BAD);
        add("a null for a body", fitting.withBody("null"), BAD);
        add("a body that is not UTF-8", fitting.withBody(notUtf8()), BAD);
        add(
                "a body of XML",
                Request.of(operation.method(), fitting.target(), token)
                        .with("Content-Type: application/xml")
                        .withBody("<a/>"),
                Set.of(400, 415));
        add(
                "a body of another content type",
                Request.of(operation.method(), fitting.target(), token)
                        .with("Content-Type: text/plain; charset=utf-16")
                        .withBody(least.encode()),
                Set.of());
        add(
                "a body too large",
                fitting.with("Content-Length: " + (KNOWN_CALLERS_LIMIT + 1)).withBody(""),
                Set.of(413));
        unknownField(body, least, fitting);
        Samples.fields(body.schema()).forEach(field -> wrongField(field, body, least, fitting));
        requiredFields(List.of(), body.schema(), least)
                .forEach(path -> add(
                        "without the field " + String.join(".", path),
                        fitting.withBody(Samples.without(least, path).encode()),
                        BAD));
    }

    private static byte[] notUtf8() {
        return new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xC3, '(', (byte) 0xFF, '"', '}'};
    }

    private void unknownField(Body body, JsonObject least, Request fitting) {
        boolean closed = Boolean.FALSE.equals(body.schema().getValue("additionalProperties"))
                || Boolean.FALSE.equals(body.schema().getValue("unevaluatedProperties"));
        add("an unknown field", fitting.withBody(least.copy().put("n0_such", 1).encode()), closed ? BAD : Set.of());
    }

    private void wrongField(Samples.Field field, Body body, JsonObject least, Request fitting) {
        Samples.ofWrongType(field.schema())
                .ifPresent(value -> add(
                        "the field " + field.name() + " of a wrong type",
                        fitting.withBody(Samples.with(least, body.schema(), field.path(), value)
                                .encode()),
                        BAD));
        Samples.justWrong(field.schema())
                .forEach((what, value) -> add(
                        "the field " + field.name() + " " + what,
                        fitting.withBody(Samples.with(least, body.schema(), field.path(), value)
                                .encode()),
                        BAD));
    }

    private static List<List<String>> requiredFields(List<String> path, JsonObject schema, Object sample) {
        List<List<String>> fields = new ArrayList<>();
        if (sample instanceof JsonObject object) {
            Map<String, JsonObject> properties = Samples.properties(schema);
            for (String name : Samples.required(schema)) {
                List<String> longer = new ArrayList<>(path);
                longer.add(name);
                fields.add(longer);
                fields.addAll(
                        requiredFields(longer, properties.getOrDefault(name, new JsonObject()), object.getValue(name)));
            }
        } else if (sample instanceof JsonArray list && !list.isEmpty()) {
            List<String> longer = new ArrayList<>(path);
            longer.add("0");
            fields.addAll(requiredFields(longer, schema.getJsonObject("items", new JsonObject()), list.getValue(0)));
        }
        return fields;
    }
}
