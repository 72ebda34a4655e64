package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiException;

/** Short texts that callers send: no name needs a control character. */
final class Texts {
    private Texts() {}

    /** The text, when it holds no control character. */
    static String plain(String field, String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new ApiException.BadRequest(field + " must not contain control characters");
        }
        return text;
    }
}
