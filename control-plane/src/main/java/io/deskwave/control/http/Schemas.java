package io.deskwave.control.http;

import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds the way in the schemas of the document. What no schema says anything about has the {@link #ANY} schema. Pure. */
final class Schemas {
    static final JsonObject ANY = new JsonObject();

    private Schemas() {}

    static JsonObject target(JsonObject schema, JsonObject document) {
        String ref = schema.getString("$ref");
        if (ref == null) {
            return schema;
        }
        Object place = JsonPointer.from(ref.substring(ref.indexOf('#') + 1)).queryJson(document);
        return target((JsonObject) Objects.requireNonNull(place, ref), document);
    }

    /** The schema of one member of an object. */
    static JsonObject member(JsonObject schema, String name, JsonObject document) {
        Object known =
                schema.getValue("properties") instanceof JsonObject properties ? properties.getValue(name) : null;
        return object(known == null ? schema.getValue("additionalProperties") : known, document);
    }

    /** The schema of each entry of a list. */
    static JsonObject entry(JsonObject schema, JsonObject document) {
        return object(schema.getValue("items"), document);
    }

    private static JsonObject object(@Nullable Object schemaOrFlag, JsonObject document) {
        return schemaOrFlag instanceof JsonObject schema ? target(schema, document) : ANY;
    }
}
