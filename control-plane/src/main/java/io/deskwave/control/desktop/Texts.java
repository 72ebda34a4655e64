package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Texts that callers send. PostgreSQL takes no NUL, and no name needs a control character. */
public final class Texts {
    private Texts() {}

    /** The text, when it holds no control character. */
    public static String plain(String field, String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new ApiException.BadRequest(field + " must not contain control characters");
        }
        return text;
    }

    /** Fails when a key or a text anywhere in the value holds a NUL. */
    static void refuseNul(String field, Object value) {
        if (value instanceof String text && text.indexOf('\0') >= 0) {
            throw new ApiException.BadRequest(field + " must not contain the character NUL");
        }
        if (value instanceof JsonObject object) {
            object.forEach(member -> {
                refuseNul("a name in " + field, member.getKey());
                refuseNul(member.getKey(), member.getValue());
            });
        }
        if (value instanceof JsonArray array) {
            array.forEach(item -> refuseNul(field, item));
        }
    }
}
