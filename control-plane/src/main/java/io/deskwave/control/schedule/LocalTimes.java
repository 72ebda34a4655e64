package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Wording;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalQuery;

/** Local dates and times as the vendor writes them: without a zone. */
final class LocalTimes {
    private static final DateTimeFormatter DATE = strict("uuuu-MM-dd");
    private static final DateTimeFormatter TIME = strict("HH:mm:ss");
    private static final DateTimeFormatter DATE_TIME = strict("uuuu-MM-dd HH:mm:ss");

    private LocalTimes() {}

    static LocalDate date(String field, String text) {
        return parse(field, text, DATE, LocalDate::from, "a date like 2026-12-31");
    }

    static LocalTime time(String field, String text) {
        return parse(field, text, TIME, LocalTime::from, "a time like 18:30:00");
    }

    static LocalDateTime dateTime(String field, String text) {
        return parse(field, text, DATE_TIME, LocalDateTime::from, "a date and time like 2026-12-31 18:30:00");
    }

    static String text(LocalDateTime local) {
        return DATE_TIME.format(local);
    }

    static String text(Instant instant, ZoneId zone) {
        return DATE_TIME.format(instant.atZone(zone));
    }

    /** With the offset from UTC that holds then. */
    static String textWithOffset(Instant instant, ZoneId zone) {
        return instant.atZone(zone).truncatedTo(ChronoUnit.SECONDS).format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
    }

    private static DateTimeFormatter strict(String pattern) {
        return DateTimeFormatter.ofPattern(pattern).withResolverStyle(ResolverStyle.STRICT);
    }

    private static <T> T parse(
            String field, String text, DateTimeFormatter format, TemporalQuery<T> query, String expected) {
        try {
            if (!text.startsWith("+") && !text.startsWith("-")) {
                return format.parse(text, query);
            }
        } catch (DateTimeParseException e) {
            // Told below.
        }
        throw new ApiException.BadRequest(field + " must be " + expected + ", not '" + Wording.shortened(text) + "'");
    }
}
