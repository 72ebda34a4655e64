package io.deskwave.control.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import java.util.List;

/** What the body of an operation may contain: a JSON object that fits the schema once its nulls are taken out. */
final class BodyRules {
    private final boolean required;
    private final OpenAPIContract contract;
    private final JsonSchema schema;
    private final JsonObject document;
    private final BodyFault faults;

    BodyRules(boolean required, JsonSchema schema, OpenAPIContract contract, JsonObject document) {
        this.required = required;
        this.contract = contract;
        this.schema = schema;
        this.document = document;
        this.faults = new BodyFault((JsonObject) schema, document);
    }

    JsonObject read(Buffer bytes) {
        if (bytes.length() == 0) {
            if (required) {
                throw new ApiException.BadRequest("the body is missing: send a JSON object");
            }
            return new JsonObject();
        }
        JsonObject rule = Schemas.target((JsonObject) schema, document);
        JsonObject body = new BodyWalk(document).clean(parse(bytes), rule);
        Validator validator = contract.getSchemaRepository().validator(schema);
        OutputUnit result = validator.validate(new BodySketch(document).of(body, rule));
        if (!result.getValid()) {
            List<OutputUnit> errors = result.getErrors();
            throw new ApiException.BadRequest(faults.describe(errors == null ? List.of() : errors));
        }
        return body;
    }

    private static JsonObject parse(Buffer bytes) {
        try {
            if (Json.decodeValue(bytes) instanceof JsonObject object) {
                return object;
            }
        } catch (DecodeException e) {
            throw new ApiException.BadRequest("the body is not valid JSON" + where(e));
        }
        throw new ApiException.BadRequest("the body must be a JSON object");
    }

    private static String where(DecodeException e) {
        return e.getCause() instanceof JsonProcessingException cause && cause.getLocation() != null
                ? ": look at line " + cause.getLocation().getLineNr() + ", column "
                        + cause.getLocation().getColumnNr()
                : "";
    }
}
