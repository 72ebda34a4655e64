package io.deskwave.control.contract;

import io.deskwave.control.contract.ApiOperation.Parameter;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * An endless row of requests from the document, the same for the same seed as long as the answers are: good ones about what
 * there is, and each kind of bad ones. For one thread.
 */
final class RequestGenerator {
    /** How a request was made, and so how its answer may be judged. */
    enum Kind {
        /** Fits the document. */
        FITTING,
        /** One thing in it does not. */
        SPOILT,
        /** A body of anything. */
        NOISE,
        /** No decent HTTP: the server may as well hang up. */
        WIRE
    }

    record Made(Kind kind, ApiOperation operation, Request request) {}

    private static final String SLOW = "CreateToken";
    private static final int ONE_IN_OF_SLOW = 20;

    private final List<ApiOperation> operations;
    private final String projectId;
    private final String token;
    private final Random random;
    private final IdPool ids;
    private final Values values;
    private final Hostility hostility;

    /** @param untouchable ids in whose name the requests are sent */
    RequestGenerator(ApiDocument document, String projectId, String token, Set<String> untouchable, long seed) {
        this.operations =
                document.operations().stream().filter(o -> !o.isOutside()).toList();
        this.projectId = projectId;
        this.token = token;
        this.random = new Random(seed);
        this.ids = new IdPool(random, untouchable);
        this.values = new Values(random, ids);
        this.hostility = new Hostility(random);
    }

    IdPool ids() {
        return ids;
    }

    Made next() {
        ApiOperation operation = operation();
        Request request = fitting(operation);
        int dice = random.nextInt(100);
        if (dice < 50) {
            return new Made(Kind.FITTING, operation, request);
        }
        if (dice < 75) {
            return new Made(Kind.SPOILT, operation, spoilt(operation, request));
        }
        if (dice < 85) {
            return new Made(Kind.NOISE, operation, request.withBody(hostility.anyBody()));
        }
        return new Made(Kind.WIRE, operation, hostility.wire(request));
    }

    private ApiOperation operation() {
        ApiOperation operation = operations.get(random.nextInt(operations.size()));
        boolean again = operation.id().equals(SLOW) && random.nextInt(ONE_IN_OF_SLOW) > 0;
        return again ? operation() : operation;
    }

    private Request fitting(ApiOperation operation) {
        Request request = Request.of(operation.method(), path(operation) + query(operation), token)
                .with("Content-Type: application/json");
        return operation
                .requestBody()
                .map(body -> request.withBody(body(body).encode()))
                .orElse(request);
    }

    private JsonObject body(ApiOperation.Body body) {
        return body.example()
                .filter(example -> values.chance(60))
                .map(example -> (JsonObject) values.withRealIds("", example))
                .orElseGet(() -> values.object(body.schema()));
    }

    private String path(ApiOperation operation) {
        StringBuilder path = new StringBuilder();
        for (String step : operation.path().substring(1).split("/", -1)) {
            path.append('/')
                    .append(step.startsWith("{") ? pathValue(operation, step.substring(1, step.length() - 1)) : step);
        }
        return path.toString();
    }

    private String pathValue(ApiOperation operation, String name) {
        return name.equals("project_id") && operation.path().startsWith("/v2/")
                ? projectId
                : encoded(values.id(IdPool.kind(name)));
    }

    private String query(ApiOperation operation) {
        StringBuilder query = new StringBuilder();
        operation
                .parameters("query")
                .filter(p -> p.required() || values.chance(20))
                .forEach(p -> append(query, p));
        return query.toString();
    }

    private void append(StringBuilder query, Parameter parameter) {
        int times = parameter.isArray() ? 1 + random.nextInt(3) : 1;
        for (int i = 0; i < times; i++) {
            query.append(query.isEmpty() ? '?' : '&')
                    .append(parameter.name())
                    .append('=')
                    .append(encoded(values.of(parameter.name(), parameter.single())));
        }
    }

    private static String encoded(Object value) {
        return URLEncoder.encode(String.valueOf(value), StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Request spoilt(ApiOperation operation, Request request) {
        List<Parameter> query = operation.parameters("query").toList();
        boolean inBody = request.body().length > 0 && (query.isEmpty() || random.nextBoolean());
        if (inBody) {
            JsonObject fitting = new JsonObject(new String(request.body(), StandardCharsets.UTF_8));
            return request.withBody(hostility.body(fitting));
        }
        String name = query.isEmpty() || values.chance(10)
                ? "n0_such"
                : query.get(random.nextInt(query.size())).name();
        String target = request.target();
        return request.to(target + (target.contains("?") ? "&" : "?") + name + "=" + hostility.queryValue());
    }

    /** What the answer tells of what there is now. */
    void learn(Made made, Answer answer) {
        if (answer.status() >= 300) {
            return;
        }
        if (made.request().method().equals("DELETE")) {
            for (String step : made.request().target().split("[/?]", -1)) {
                ids.forget(step);
            }
        }
        if (answer.contentType().equals("application/json")) {
            try {
                Object json = Json.decodeValue(answer.body());
                if (json instanceof JsonObject || json instanceof JsonArray) {
                    ids.learnFrom(made.operation(), json);
                }
            } catch (DecodeException e) {
                // The judge of answers complains of it.
            }
        }
    }
}
