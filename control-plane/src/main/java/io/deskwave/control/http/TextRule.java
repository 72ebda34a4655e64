package io.deskwave.control.http;

import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The schema of a text, as far as it says nothing but type, length and pattern: judged fast, in the words of {@link BodyFault}. */
final class TextRule {
    private static final Set<String> JUDGED = Set.of("type", "minLength", "maxLength", "pattern");
    private static final Set<String> SAYING_NOTHING = Set.of("description", "title", "example", "default");

    private final JsonObject schema;
    private final int min;
    private final int max;
    private final @Nullable Pattern pattern;

    private TextRule(JsonObject schema) {
        this.schema = schema;
        this.min = schema.getInteger("minLength", 0);
        this.max = schema.getInteger("maxLength", Integer.MAX_VALUE);
        this.pattern = schema.containsKey("pattern") ? Pattern.compile(schema.getString("pattern")) : null;
    }

    /** Whether nothing of the schema would go unjudged. */
    static boolean covers(JsonObject schema) {
        return "string".equals(schema.getValue("type"))
                && schema.fieldNames().stream()
                        .allMatch(k -> JUDGED.contains(k)
                                || SAYING_NOTHING.contains(k)
                                || k.startsWith("x-")
                                || k.startsWith("__"));
    }

    static TextRule of(JsonObject schema) {
        return new TextRule(schema);
    }

    void check(String place, Object value) {
        if (!(value instanceof String text)) {
            throw refused("type", place);
        }
        int length = text.codePointCount(0, text.length());
        if (length < min) {
            throw refused("minLength", place);
        }
        if (length > max) {
            throw refused("maxLength", place);
        }
        if (pattern != null && !pattern.matcher(text).find()) {
            throw refused("pattern", place);
        }
    }

    private ApiException refused(String keyword, String place) {
        return new ApiException.BadRequest(
                BodyFault.misfit(keyword, place, schema).orElse(place + " does not fit"));
    }
}
