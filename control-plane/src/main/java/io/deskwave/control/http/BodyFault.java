package io.deskwave.control.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import io.vertx.json.schema.OutputUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Says in one sentence what does not fit a schema. The validator reports each failed keyword and all that contain it; only
 * the leaves tell something, and an unknown field, which may be a misspelt one, tells most.
 */
final class BodyFault {
    private static final Set<String> CONTAINERS =
            Set.of("properties", "items", "$ref", "additionalProperties", "allOf", "anyOf", "oneOf", "not");
    private static final String ROOT = "#";
    private final JsonObject schema;
    private final JsonObject document;

    BodyFault(JsonObject schema, JsonObject document) {
        this.schema = schema;
        this.document = document;
    }

    String describe(List<OutputUnit> errors) {
        Set<String> knownPlaces = errors.stream()
                .filter(e -> !keyword(e).equals("additionalProperties"))
                .map(OutputUnit::getInstanceLocation)
                .collect(Collectors.toSet());
        return errors.stream()
                .filter(e -> keyword(e).equals("additionalProperties"))
                .filter(e -> !knownPlaces.contains(e.getInstanceLocation()))
                .findFirst()
                .map(this::unknownField)
                .or(() -> errors.stream()
                        .filter(e -> !CONTAINERS.contains(keyword(e)))
                        .findFirst()
                        .map(first -> keyword(first).equals("required") ? missing(first, errors) : misfit(first)))
                .orElse("the body does not fit this operation");
    }

    private String unknownField(OutputUnit error) {
        String place = error.getInstanceLocation();
        String name = place.substring(place.lastIndexOf('/') + 1);
        Set<String> known = new TreeSet<>(
                schemaOf(error).getJsonObject("properties", new JsonObject()).fieldNames());
        String hint = Nearest.to(name, known)
                .map(nearest -> "did you mean " + nearest + "?")
                .orElse("known are " + String.join(", ", known));
        return "unknown field '" + Wording.shortened(field(place)) + "': " + hint;
    }

    private String misfit(OutputUnit error) {
        String field = field(error.getInstanceLocation());
        return misfit(keyword(error), field, schemaOf(error))
                .orElseGet(() -> field + " does not fit: " + Wording.shortened(error.getError()));
    }

    /** What to send in the field, by the rule whose keyword it does not fit; empty for keywords without words. */
    static Optional<String> misfit(String keyword, String field, JsonObject rule) {
        String words =
                switch (keyword) {
                    case "type" -> " must be " + type(rule);
                    case "enum" -> " must be one of " + list(rule.getJsonArray("enum", new JsonArray()));
                    case "const" -> " must be " + rule.getValue("const");
                    case "pattern" ->
                        " must be "
                                + Optional.ofNullable(rule.getString("x-expects"))
                                        .orElse("like " + rule.getString("pattern"));
                    case "minLength" -> " must have at least " + characters(rule.getValue("minLength"));
                    case "maxLength" -> " must have at most " + characters(rule.getValue("maxLength"));
                    case "minimum", "maximum" -> " must be " + range(rule);
                    case "minItems" -> " must have at least " + entries(rule.getValue("minItems"));
                    case "maxItems" -> " must have at most " + entries(rule.getValue("maxItems"));
                    case "uniqueItems" -> " must not contain anything twice";
                    default -> "";
                };
        return words.isEmpty() ? Optional.empty() : Optional.of(field + words);
    }

    /** All that is missing in the same place. */
    private static String missing(OutputUnit first, List<OutputUnit> errors) {
        List<String> names = errors.stream()
                .filter(e -> keyword(e).equals("required"))
                .filter(e -> e.getInstanceLocation().equals(first.getInstanceLocation()))
                .map(BodyFault::missingField)
                .distinct()
                .toList();
        String rest = String.join(" and ", names.subList(1, names.size()));
        return names.get(0) + " is missing: send it" + (rest.isEmpty() ? "" : ", and also " + rest);
    }

    private static String missingField(OutputUnit error) {
        String text = error.getError();
        int first = text.indexOf('"');
        String name = first < 0 ? "a field" : text.substring(first + 1, text.lastIndexOf('"'));
        String place = error.getInstanceLocation();
        return place.equals(ROOT) ? name : field(place) + "." + name;
    }

    private static String type(JsonObject rule) {
        return switch (String.valueOf(rule.getValue("type"))) {
            case "integer" -> "a whole number";
            case "number" -> "a number";
            case "boolean" -> "true or false";
            case "string" -> "text in quotes";
            case "array" -> "a list";
            case "object" -> "a JSON object";
            default -> "of type " + rule.getValue("type");
        };
    }

    private static String range(JsonObject rule) {
        Object from = rule.getValue("minimum");
        Object to = rule.getValue("maximum");
        if (from == null) {
            return "at most " + to;
        }
        return to == null ? "at least " + from : "from " + from + " to " + to;
    }

    private static String characters(Object count) {
        return count + (count.equals(1) ? " character" : " characters");
    }

    static String entries(Object count) {
        return count + (count.equals(1) ? " entry" : " entries");
    }

    private static String list(JsonArray values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** {@code #/auth/scope/0} as {@code auth.scope[0]}. */
    private static String field(String place) {
        if (place.equals(ROOT)) {
            return "the body";
        }
        return Wording.shortened(
                place.substring(2).replaceAll("/(\\d+)", "[$1]").replace('/', '.'));
    }

    private static String keyword(OutputUnit error) {
        String location = error.getKeywordLocation();
        return location.substring(location.lastIndexOf('/') + 1);
    }

    /** The schema that the failed keyword stands in. */
    private JsonObject schemaOf(OutputUnit error) {
        String location = error.getAbsoluteKeywordLocation();
        String pointer = location.substring(location.indexOf('#') + 1);
        JsonObject from = pointer.startsWith("/components/") ? document : schema;
        Object place =
                JsonPointer.from(pointer.substring(0, pointer.lastIndexOf('/'))).queryJson(from);
        return place instanceof JsonObject object ? object : new JsonObject();
    }
}
