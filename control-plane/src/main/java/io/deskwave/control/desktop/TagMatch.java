package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiException;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a desktop's tag has to be: of this key, with one of these values; with any when there is none.
 *
 * <p>As text it is {@code key=value}, or {@code key} for any value. The first {@code =} splits: a key that contains one
 * cannot be named this way.
 */
public record TagMatch(String key, List<String> values) {
    public TagMatch {
        values = List.copyOf(values);
    }

    /** @param field where the text was sent, for the message */
    public static TagMatch of(String field, String text) {
        int split = text.indexOf('=');
        String key = split < 0 ? text : text.substring(0, split);
        if (key.isBlank()) {
            throw new ApiException.BadRequest(
                    field + " must name a tag: send key=value, or key for any value; the first = ends the key");
        }
        return new TagMatch(key, split < 0 ? List.of() : List.of(text.substring(split + 1)));
    }

    /** This or another one of the same key. */
    TagMatch or(TagMatch other) {
        return values.isEmpty() || other.values.isEmpty()
                ? new TagMatch(key, List.of())
                : new TagMatch(
                        key,
                        Stream.concat(values.stream(), other.values.stream()).toList());
    }
}
