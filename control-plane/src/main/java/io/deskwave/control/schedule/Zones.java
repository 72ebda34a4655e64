package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Nearest;
import io.deskwave.control.http.Wording;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Time zones as callers name them: the IANA names, {@code GMT+8}, {@code GMT+08:00} and {@code UTC}. */
final class Zones {
    static final String WHEN_ABSENT = "UTC";
    private static final Pattern SHORT_HOUR = Pattern.compile("(GMT|UTC|UT)([+-])(\\d:\\d\\d)");
    private static final int LONGEST_NAME = 64;

    private Zones() {}

    static ZoneId parse(String field, String text) {
        try {
            if (text.length() <= LONGEST_NAME) {
                Matcher shortHour = SHORT_HOUR.matcher(text);
                return ZoneId.of(shortHour.matches() ? shortHour.replaceFirst("$1$20$3") : text);
            }
        } catch (DateTimeException e) {
            // Told below.
        }
        throw new ApiException.BadRequest(
                field + " must be a time zone such as Asia/Shanghai, GMT+8, GMT+08:00 or UTC, not '"
                        + Wording.shortened(text) + "'"
                        + Nearest.to(text, ZoneId.getAvailableZoneIds())
                                .map(nearest -> ": did you mean " + nearest + "?")
                                .orElse(""));
    }
}
