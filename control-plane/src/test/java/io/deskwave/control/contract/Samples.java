package io.deskwave.control.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The plainest values that fit a schema, and values that do not. Pure. */
final class Samples {
    private static final List<Object> OF_EACH_TYPE =
            List.of("x", 7, true, new JsonArray(), new JsonObject().put("x", 1));
    private static final List<String> STRANGE_WORDS = List.of("N0NSENSE \u2603", " ", "x\u0001", "!");
    private static final int DEEPEST = 8;

    private Samples() {}

    /** One field of a body: its path from the root, where {@code 0} stands for an entry of a list. */
    record Field(List<String> path, JsonObject schema) {
        String name() {
            return String.join(".", path);
        }
    }

    /** All fields of a body, with those of the objects in it and of the first entries of lists. */
    static List<Field> fields(JsonObject schema) {
        List<Field> fields = new ArrayList<>();
        collect(List.of(), schema, fields);
        return fields;
    }

    private static void collect(List<String> path, JsonObject schema, List<Field> into) {
        if (path.size() > DEEPEST) {
            return;
        }
        properties(schema).forEach((name, rule) -> add(path, name, rule, into));
        if (schema.getValue("items") instanceof JsonObject items) {
            add(path, "0", items, into);
        }
    }

    private static void add(List<String> path, String name, JsonObject rule, List<Field> into) {
        List<String> longer = Stream.concat(path.stream(), Stream.of(name)).toList();
        into.add(new Field(longer, rule));
        collect(longer, rule, into);
    }

    /** Those of all parts of a schema. */
    static Map<String, JsonObject> properties(JsonObject schema) {
        Map<String, JsonObject> all = new LinkedHashMap<>();
        schema.getJsonArray("allOf", new JsonArray()).forEach(part -> all.putAll(properties((JsonObject) part)));
        schema.getJsonObject("properties", new JsonObject())
                .forEach(member -> all.put(member.getKey(), (JsonObject) member.getValue()));
        return all;
    }

    /** Names that must be there. */
    static List<String> required(JsonObject schema) {
        return Stream.concat(
                        schema.getJsonArray("allOf", new JsonArray()).stream()
                                .flatMap(part -> required((JsonObject) part).stream()),
                        schema.getJsonArray("required", new JsonArray()).stream()
                                .map(String::valueOf))
                .distinct()
                .toList();
    }

    /** Something that fits, with no more than what must be there. */
    static Object least(JsonObject schema) {
        if (schema.getValue("enum") instanceof JsonArray allowed && !allowed.isEmpty()) {
            return allowed.getValue(0);
        }
        return Optional.ofNullable(schema.getValue("const"))
                .or(() -> Optional.ofNullable(schema.getValue("example")))
                .orElseGet(() -> leastOf(types(schema), schema));
    }

    private static Object leastOf(List<String> types, JsonObject schema) {
        String type = types.isEmpty() ? "object" : types.get(0);
        return switch (type) {
            case "string" -> "x".repeat(Math.max(1, schema.getInteger("minLength", 1)));
            case "integer", "number" -> Math.max(0L, schema.getLong("minimum", 0L));
            case "boolean" -> false;
            case "array" -> leastList(schema);
            default -> leastObject(schema);
        };
    }

    private static JsonArray leastList(JsonObject schema) {
        JsonArray list = new JsonArray();
        JsonObject items = schema.getJsonObject("items", new JsonObject());
        for (int i = 0; i < schema.getInteger("minItems", 0); i++) {
            list.add(least(items));
        }
        return list;
    }

    private static JsonObject leastObject(JsonObject schema) {
        JsonObject object = new JsonObject();
        Map<String, JsonObject> properties = properties(schema);
        required(schema).forEach(name -> object.put(name, least(properties.getOrDefault(name, new JsonObject()))));
        return object;
    }

    static List<String> types(JsonObject schema) {
        Object type = schema.getValue("type");
        if (type instanceof JsonArray several) {
            return several.stream().map(String::valueOf).toList();
        }
        return type == null ? List.of() : List.of(type.toString());
    }

    /** A value of a type that the schema does not take; empty when it takes all. */
    static Optional<Object> ofWrongType(JsonObject schema) {
        List<String> types = types(schema);
        return types.isEmpty()
                ? Optional.empty()
                : OF_EACH_TYPE.stream()
                        .filter(value -> !types.contains(typeOf(value)))
                        .findFirst();
    }

    private static String typeOf(Object value) {
        return value instanceof String
                ? "string"
                : value instanceof Integer
                        ? "integer"
                        : value instanceof Boolean ? "boolean" : value instanceof JsonArray ? "array" : "object";
    }

    /** Values of the right type that are just too much, each with its name. */
    static Map<String, Object> justWrong(JsonObject schema) {
        Map<String, Object> wrong = new LinkedHashMap<>();
        if (types(schema).contains("integer")) {
            Optional.ofNullable(schema.getLong("minimum")).ifPresent(least -> wrong.put("too small", least - 1));
            Optional.ofNullable(schema.getLong("maximum")).ifPresent(most -> wrong.put("too large", most + 1));
            wrong.put("a fraction", 1.5);
        }
        if (types(schema).equals(List.of("string"))) {
            Optional.ofNullable(schema.getInteger("maxLength"))
                    .ifPresent(most -> wrong.put("too long", "x".repeat(most + 1)));
            if (schema.getInteger("minLength", 0) > 0) {
                wrong.put("empty", "");
            }
            notAllowed(schema).ifPresent(value -> wrong.put("none of those", value));
        }
        return wrong;
    }

    private static Optional<String> notAllowed(JsonObject schema) {
        if (schema.containsKey("enum")) {
            return Optional.of(STRANGE_WORDS.get(0));
        }
        return Optional.ofNullable(schema.getString("pattern"))
                .map(Pattern::compile)
                .flatMap(pattern -> STRANGE_WORDS.stream()
                        .filter(word -> !pattern.matcher(word).find())
                        .findFirst());
    }

    /** The body with this value in this place; objects and lists on the way are made where they are missing. */
    static JsonObject with(JsonObject body, JsonObject schema, List<String> path, Object value) {
        JsonObject copy = body.copy();
        Object place = copy;
        JsonObject rule = schema;
        for (int i = 0; i < path.size(); i++) {
            String step = path.get(i);
            rule = place instanceof JsonArray
                    ? rule.getJsonObject("items", new JsonObject())
                    : properties(rule).getOrDefault(step, new JsonObject());
            Object next = i == path.size() - 1 ? value : child(place, step, rule);
            if (place instanceof JsonArray list) {
                list.clear().add(next);
            } else {
                ((JsonObject) place).put(step, next);
            }
            place = next;
        }
        return copy;
    }

    private static Object child(Object place, String step, JsonObject rule) {
        Object there = place instanceof JsonObject object ? object.getValue(step) : null;
        return there instanceof JsonObject || there instanceof JsonArray
                ? there
                : types(rule).contains("array") ? new JsonArray() : leastObject(rule);
    }

    /** The same without what is in this place. */
    static JsonObject without(JsonObject body, List<String> path) {
        JsonObject copy = body.copy();
        Object place = copy;
        for (String step : path.subList(0, path.size() - 1)) {
            place = place instanceof JsonArray list ? list.getValue(0) : ((JsonObject) place).getValue(step);
        }
        if (place instanceof JsonObject object) {
            object.remove(path.get(path.size() - 1));
        }
        return copy;
    }
}
