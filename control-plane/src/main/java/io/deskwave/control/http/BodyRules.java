package io.deskwave.control.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import java.util.List;
import java.util.Map;

/** What the body of an operation may contain: a JSON object that fits the schema once its nulls are taken out. */
final class BodyRules {
    private final boolean required;
    private final OpenAPIContract contract;
    private final JsonSchema schema;
    private final BodyFault faults;

    BodyRules(boolean required, JsonSchema schema, OpenAPIContract contract, JsonObject document) {
        this.required = required;
        this.contract = contract;
        this.schema = schema;
        this.faults = new BodyFault((JsonObject) schema, document);
    }

    JsonObject read(Buffer bytes) {
        if (bytes.length() == 0) {
            if (required) {
                throw new ApiException.BadRequest("the body is missing: send a JSON object");
            }
            return new JsonObject();
        }
        JsonObject body = withoutNulls(parse(bytes));
        Validator validator = contract.getSchemaRepository().validator(schema);
        OutputUnit result = validator.validate(body);
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

    private static JsonObject withoutNulls(JsonObject object) {
        JsonObject kept = new JsonObject();
        for (Map.Entry<String, Object> member : object) {
            refuseNul(member.getKey(), member.getKey());
            if (member.getValue() != null) {
                kept.put(member.getKey(), cleaned(member.getKey(), member.getValue()));
            }
        }
        return kept;
    }

    private static Object cleaned(String name, Object value) {
        if (value instanceof JsonObject object) {
            return withoutNulls(object);
        }
        if (value instanceof JsonArray array) {
            JsonArray kept = new JsonArray();
            for (Object element : array) {
                if (element == null) {
                    throw new ApiException.BadRequest(name + " must not contain null");
                }
                kept.add(cleaned(name, element));
            }
            return kept;
        }
        if (value instanceof String text) {
            refuseNul(name, text);
        }
        return value;
    }

    /** PostgreSQL cannot store it, and no script needs it. */
    private static void refuseNul(String name, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new ApiException.BadRequest(Wording.shortened(name) + " must not contain the character U+0000");
        }
    }
}
