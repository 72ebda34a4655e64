package io.deskwave.control.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * Walks one body before it is judged: takes the nulls out, and refuses at once what is so large that judging it would hold
 * up the event loop.
 */
final class BodyWalk {
    static final int MOST_ENTRIES = 20_000;
    private static final int MOST_FIELDS = 300;
    private static final int DEEPEST = 32;
    private static final int MOST_VALUES = 50_000;

    private final JsonObject document;
    private int values;

    BodyWalk(JsonObject document) {
        this.document = document;
    }

    JsonObject clean(JsonObject body, JsonObject schema) {
        return object("", body, schema, 1);
    }

    private Object value(String path, Object value, JsonObject schema, int depth) {
        if (++values > MOST_VALUES) {
            throw new ApiException.BadRequest("the body has more than " + MOST_VALUES + " values: send less at once");
        }
        if (value instanceof JsonObject object) {
            return object(path, object, schema, depth + 1);
        }
        if (value instanceof JsonArray array) {
            return array(path, array, schema, depth + 1);
        }
        if (value instanceof String text) {
            refuseNul(path, text);
        }
        return value;
    }

    private JsonObject object(String path, JsonObject object, JsonObject schema, int depth) {
        refuseDeep(depth);
        if (object.size() > MOST_FIELDS) {
            throw new ApiException.BadRequest(
                    (path.isEmpty() ? "the body" : path) + " must have at most " + MOST_FIELDS + " fields");
        }
        JsonObject kept = new JsonObject();
        for (Map.Entry<String, Object> member : object) {
            String name = member.getKey();
            String place = (path.isEmpty() ? "" : path + ".") + Wording.shortened(name);
            refuseNul(place, name);
            if (member.getValue() != null) {
                kept.put(name, value(place, member.getValue(), Schemas.member(schema, name, document), depth));
            }
        }
        return kept;
    }

    private JsonArray array(String path, JsonArray array, JsonObject schema, int depth) {
        refuseDeep(depth);
        int most = schema.getInteger("maxItems", MOST_ENTRIES);
        if (array.size() > most) {
            throw new ApiException.BadRequest(
                    path + " must have at most " + BodyFault.entries(most) + ", not " + array.size());
        }
        JsonObject rule = Schemas.entry(schema, document);
        JsonArray kept = new JsonArray();
        int index = 0;
        for (Object entry : array) {
            if (entry == null) {
                throw new ApiException.BadRequest(path + " must not contain null");
            }
            String place = entry instanceof String ? path : path + "[" + index + "]";
            kept.add(value(place, entry, rule, depth));
            index++;
        }
        return kept;
    }

    private static void refuseDeep(int depth) {
        if (depth > DEEPEST) {
            throw new ApiException.BadRequest("the body is nested deeper than " + DEEPEST + " levels: send it flatter");
        }
    }

    /** PostgreSQL cannot store it, and no script needs it. */
    private static void refuseNul(String path, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new ApiException.BadRequest(path + " must not contain the character U+0000");
        }
    }
}
