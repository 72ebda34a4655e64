package io.deskwave.control.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** Where a document may hold an example: beside the schema, among several, or in the schema. Pure. */
final class Examples {
    private Examples() {}

    static Optional<Object> of(JsonObject media) {
        return Optional.ofNullable(media.getValue("example"))
                .or(() -> named(media))
                .or(() -> Optional.ofNullable(media.getJsonObject("schema")).flatMap(Examples::ofSchema));
    }

    private static Optional<Object> named(JsonObject media) {
        return media.getValue("examples") instanceof JsonObject several
                ? several.stream().findFirst().map(one -> ((JsonObject) one.getValue()).getValue("value"))
                : Optional.empty();
    }

    private static Optional<Object> ofSchema(JsonObject schema) {
        return Optional.ofNullable(schema.getValue("example"))
                .or(() -> schema.getValue("examples") instanceof JsonArray several && !several.isEmpty()
                        ? Optional.of(several.getValue(0))
                        : Optional.empty());
    }
}
