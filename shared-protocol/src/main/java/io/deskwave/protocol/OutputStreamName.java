package io.deskwave.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The two streams a script writes. They are kept apart; their order of arrival is kept beside them. */
public enum OutputStreamName {
    STDOUT,
    STDERR;

    /** {@code stdout} or {@code stderr}, as it stands on every wire and in the database. */
    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
