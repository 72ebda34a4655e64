package io.deskwave.control.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The OpenAPI document: one file for each feature, merged at start. Two files must not say different things of one name. */
final class Contract {
    private static final String FOLDER = "openapi/";
    private static final String BASE = "openapi.yaml";
    private static final List<String> FEATURES = List.of(
            "people.yaml",
            "scripts.yaml",
            "executions.yaml",
            "desktops.yaml",
            "tags.yaml",
            "jobs.yaml",
            "schedules.yaml",
            "exports.yaml",
            "tenant.yaml");

    private final JsonObject document;
    private final List<Endpoint> endpoints;

    private Contract(JsonObject document, OpenAPIContract contract) {
        this.document = document;
        this.endpoints = contract.operations().stream()
                .sorted(Comparator.comparing(Operation::getAbsoluteOpenAPIPath, Contract::fixedFirst))
                .map(operation -> Endpoint.of(operation, contract, document))
                .toList();
    }

    /** Reads what is on the class path; fails when the document is not sound. */
    static Future<Contract> load(Vertx vertx) {
        return vertx.executeBlocking(Contract::merged, false)
                .compose(document ->
                        OpenAPIContract.from(vertx, document.copy()).map(contract -> new Contract(document, contract)));
    }

    JsonObject document() {
        return document;
    }

    /** In the order in which they must be matched: a fixed segment before a parameter. */
    List<Endpoint> endpoints() {
        return endpoints;
    }

    static JsonObject merged() {
        JsonObject whole = Objects.requireNonNull(read(BASE), BASE);
        for (String feature : FEATURES) {
            JsonObject part = read(feature);
            if (part != null) {
                merge(whole, part, feature);
            }
        }
        return whole;
    }

    private static @Nullable JsonObject read(String file) {
        try (InputStream in = Contract.class.getClassLoader().getResourceAsStream(FOLDER + file)) {
            return in == null
                    ? null
                    : new JsonObject(asMap(new ObjectMapper(new YAMLFactory()).readValue(in, Map.class)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + FOLDER + file, e);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Map<?, ?> yaml) {
        return (Map<String, Object>) yaml;
    }

    private static void merge(JsonObject into, JsonObject from, String where) {
        for (String name : from.fieldNames()) {
            Object there = into.getValue(name);
            Object here = from.getValue(name);
            if (there instanceof JsonObject a && here instanceof JsonObject b) {
                merge(a, b, where + " " + name);
            } else if (there == null) {
                into.put(name, here);
            } else if (!there.equals(here)) {
                throw new IllegalStateException("openapi/" + where + " and an earlier file differ in " + name);
            }
        }
    }

    private static int fixedFirst(String a, String b) {
        String[] left = a.split("/", -1);
        String[] right = b.split("/", -1);
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            boolean leftParameter = left[i].startsWith("{");
            if (leftParameter != right[i].startsWith("{")) {
                return leftParameter ? 1 : -1;
            }
            if (!left[i].equals(right[i]) && !leftParameter) {
                return left[i].compareTo(right[i]);
            }
        }
        return Integer.compare(left.length, right.length);
    }
}
