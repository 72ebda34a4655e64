package io.deskwave.control.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A body with everything in it that the validator has to see, and little else: the validator takes microseconds for each
 * value. Long lists of texts are judged here and cut; what the schema says nothing about is only hinted at.
 */
final class BodySketch {
    static final int SHOWN_ENTRIES = 16;
    private static final Set<String> COMBINED = Set.of(
            "allOf", "anyOf", "oneOf", "not", "if", "contains", "prefixItems", "patternProperties", "uniqueItems");
    private final JsonObject document;

    BodySketch(JsonObject document) {
        this.document = document;
    }

    JsonObject of(JsonObject body, JsonObject schema) {
        return (JsonObject) value("", body, schema);
    }

    private Object value(String path, Object value, JsonObject schema) {
        if (COMBINED.stream().anyMatch(schema::containsKey)) {
            return value;
        }
        if (value instanceof JsonObject object) {
            return object(path, object, schema);
        }
        return value instanceof JsonArray array ? array(path, array, schema) : value;
    }

    private JsonObject object(String path, JsonObject object, JsonObject schema) {
        JsonObject sketch = new JsonObject();
        for (Map.Entry<String, Object> member : object) {
            JsonObject rule = Schemas.member(schema, member.getKey(), document);
            String place = (path.isEmpty() ? "" : path + ".") + Wording.shortened(member.getKey());
            sketch.put(member.getKey(), rule.isEmpty() ? true : value(place, member.getValue(), rule));
        }
        return sketch;
    }

    /** Nobody is told of the lengths of the cut lists: the walk before has compared them with the most there may be. */
    private JsonArray array(String path, JsonArray array, JsonObject schema) {
        JsonObject rule = Schemas.entry(schema, document);
        boolean cut = rule.isEmpty() || TextRule.covers(rule);
        Optional<TextRule> text = cut && !rule.isEmpty() ? Optional.of(TextRule.of(rule)) : Optional.empty();
        JsonArray sketch = new JsonArray();
        int index = 0;
        for (Object entry : array) {
            String place = path + "[" + index + "]";
            if (!cut) {
                sketch.add(value(place, entry, rule));
            } else if (index < SHOWN_ENTRIES) {
                sketch.add(entry);
            } else if (text.isPresent()) {
                text.get().check(place, entry);
            }
            index++;
        }
        return sketch;
    }
}
