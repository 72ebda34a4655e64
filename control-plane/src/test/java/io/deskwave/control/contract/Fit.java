package io.deskwave.control.contract;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.util.List;
import java.util.Optional;

/** Judges JSON by one schema without references. */
final class Fit {
    private static final JsonSchemaOptions OPTIONS = new JsonSchemaOptions()
            .setBaseUri("https://deskwave.invalid/")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic);

    private final Validator validator;

    Fit(JsonObject schema) {
        this.validator = Validator.create(JsonSchema.of(schema), OPTIONS);
    }

    /** What does not fit, in the validator's words. */
    List<String> complaints(Object json) {
        OutputUnit result = validator.validate(json);
        if (result.getValid()) {
            return List.of();
        }
        return Optional.ofNullable(result.getErrors()).orElse(List.of()).stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getError())
                .toList();
    }
}
