package io.deskwave.control.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Schemas of the document as trees of their own, without references. Pure. */
final class SchemaTree {
    private static final List<String> COMBINING = List.of("allOf", "anyOf", "oneOf");
    private static final int DEEPEST = 64;

    private SchemaTree() {}

    /** The same with every {@code $ref} replaced by what it names. */
    static JsonObject inlined(JsonObject from, JsonObject document) {
        return inlined(from, document, 0);
    }

    private static JsonObject inlined(JsonObject from, JsonObject document, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("the document is recursive at " + from.fieldNames());
        }
        JsonObject to = new JsonObject();
        String reference = from.getValue("$ref") instanceof String ref ? ref : null;
        if (reference != null) {
            Object target = JsonPointer.from(reference.substring(reference.indexOf('#') + 1))
                    .queryJson(document);
            if (!(target instanceof JsonObject named)) {
                throw new IllegalArgumentException(reference + " names nothing");
            }
            to.mergeIn(inlined(named, document, depth + 1));
        }
        for (Map.Entry<String, Object> member : from) {
            if (reference == null || !member.getKey().equals("$ref")) {
                to.put(member.getKey(), value(member.getValue(), document, depth + 1));
            }
        }
        return to;
    }

    private static Object value(Object value, JsonObject document, int depth) {
        if (value instanceof JsonObject object) {
            return inlined(object, document, depth);
        }
        if (value instanceof JsonArray array) {
            JsonArray copy = new JsonArray();
            array.forEach(entry -> copy.add(value(entry, document, depth)));
            return copy;
        }
        return value;
    }

    /** The same, refusing members that it does not name, also where it says nothing about them. */
    static JsonObject closed(JsonObject schema) {
        JsonObject closed = withClosedMembers(schema);
        boolean combined = COMBINING.stream().anyMatch(schema::containsKey);
        boolean object = "object".equals(schema.getValue("type")) || schema.containsKey("properties");
        if (combined && !schema.containsKey("unevaluatedProperties")) {
            return closed.put("unevaluatedProperties", false);
        }
        return object && !schema.containsKey("additionalProperties")
                ? closed.put("additionalProperties", false)
                : closed;
    }

    private static JsonObject withClosedMembers(JsonObject schema) {
        JsonObject closed = schema.copy();
        if (schema.getValue("properties") instanceof JsonObject properties) {
            JsonObject members = new JsonObject();
            properties.forEach(member -> members.put(
                    member.getKey(), member.getValue() instanceof JsonObject rule ? closed(rule) : member.getValue()));
            closed.put("properties", members);
        }
        for (String one : List.of("items", "additionalProperties")) {
            if (schema.getValue(one) instanceof JsonObject rule) {
                closed.put(one, closed(rule));
            }
        }
        for (String combining : COMBINING) {
            if (schema.getValue(combining) instanceof JsonArray parts) {
                closed.put(combining, mapped(parts, SchemaTree::withClosedMembers));
            }
        }
        return closed;
    }

    private static JsonArray mapped(JsonArray parts, Function<JsonObject, JsonObject> change) {
        JsonArray changed = new JsonArray();
        parts.forEach(part -> changed.add(part instanceof JsonObject rule ? change.apply(rule) : part));
        return changed;
    }
}
