package io.deskwave.control.http;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the path and the query string of an operation may contain. Not vertx-openapi's own check: that one knows neither
 * unknown parameters nor that a bare key or an empty value means no filter.
 */
final class ParameterRules {
    private final Map<String, Rule> query;
    private final Map<String, Rule> path;

    ParameterRules(List<Rule> rules) {
        this.query = rules.stream().filter(Rule::inQuery).collect(Collectors.toMap(Rule::name, r -> r));
        this.path = rules.stream().filter(r -> !r.inQuery()).collect(Collectors.toMap(Rule::name, r -> r));
    }

    void check(Map<String, String> pathValues, MultiMap queryValues) {
        path.values().forEach(rule -> rule.check(pathValues.getOrDefault(rule.name(), "")));
        for (String name : queryValues.names()) {
            Rule rule = query.get(name);
            if (rule == null) {
                throw unknown(name);
            }
            rule.checkAll(sent(queryValues, name));
        }
        query.values().stream()
                .filter(rule ->
                        rule.required() && sent(queryValues, rule.name()).isEmpty())
                .findFirst()
                .ifPresent(rule -> {
                    throw new ApiException.BadRequest(
                            "the query parameter " + rule.name() + " is missing: send " + rule.expected());
                });
    }

    private static List<String> sent(MultiMap values, String name) {
        return values.getAll(name).stream().filter(v -> !v.isEmpty()).toList();
    }

    private ApiException unknown(String name) {
        Set<String> known = new TreeSet<>(query.keySet());
        String hint = Nearest.to(name, known)
                .map(nearest -> "did you mean " + nearest + "?")
                .orElse(known.isEmpty() ? "this operation takes none" : "known are " + String.join(", ", known));
        return new ApiException.BadRequest("unknown query parameter '" + Wording.shortened(name) + "': " + hint);
    }

    /** One parameter; min and max bound the value of a number and the length of a string. */
    record Rule(
            String name,
            boolean inQuery,
            boolean required,
            String type,
            boolean isArray,
            long min,
            long max,
            int maxItems,
            List<String> allowed) {

        static Rule of(String name, boolean inQuery, boolean required, JsonObject schemaOrRef, JsonObject document) {
            JsonObject schema = Schemas.target(schemaOrRef, document);
            boolean isArray = "array".equals(schema.getString("type"));
            JsonObject item = isArray ? Schemas.target(schema.getJsonObject("items"), document) : schema;
            String type = item.getString("type", "string");
            boolean number = type.equals("integer");
            return new Rule(
                    name,
                    inQuery,
                    required,
                    type,
                    isArray,
                    item.getLong(number ? "minimum" : "minLength", number ? (long) Integer.MIN_VALUE : 0L),
                    item.getLong(number ? "maximum" : "maxLength", (long) Integer.MAX_VALUE),
                    schema.getInteger("maxItems", 1000),
                    item.getJsonArray("enum", new JsonArray()).stream()
                            .map(Object::toString)
                            .toList());
        }

        void checkAll(List<String> values) {
            if (isArray && values.size() > maxItems) {
                throw new ApiException.BadRequest(name + " may be given at most " + maxItems + " times");
            }
            values.forEach(this::check);
        }

        void check(String value) {
            boolean good =
                    switch (type) {
                        case "integer" -> isNumberInRange(value);
                        case "boolean" -> value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false");
                        default -> isTextInRange(value);
                    };
            if (!good) {
                throw new ApiException.BadRequest((inQuery ? "the query parameter " : "the path parameter ") + name
                        + " must be " + expected() + ", not '" + Wording.shortened(value) + "'");
            }
        }

        String expected() {
            return switch (type) {
                case "integer" -> "a whole number from " + min + " to " + max;
                case "boolean" -> "true or false";
                default ->
                    allowed.isEmpty()
                            ? "text of " + min + " to " + max + " characters"
                            : "one of " + String.join(", ", allowed);
            };
        }

        private boolean isNumberInRange(String value) {
            try {
                int number = Integer.parseInt(value);
                return number >= min && number <= max;
            } catch (NumberFormatException e) {
                return false;
            }
        }

        private boolean isTextInRange(String value) {
            int length = value.codePointCount(0, value.length());
            return length >= min
                    && length <= max
                    && value.indexOf('\0') < 0
                    && (allowed.isEmpty() || allowed.contains(value));
        }
    }
}
