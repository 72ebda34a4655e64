package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Wording;
import io.deskwave.control.schedule.Recurrence.Days;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The timing block of a request, with the rules for what goes together.
 *
 * @param anchor the day that the days of a DAY task are counted from; null for other types
 * @param recurrence null for a triggered task
 * @param expiry null for never
 */
record Timing(
        ScheduledType type,
        ZoneId zone,
        @Nullable LocalDate anchor,
        @Nullable Recurrence recurrence,
        @Nullable LocalDateTime expiry) {
    static final String SCHEDULED_TYPE = "scheduled_type";
    static final String DAY_INTERVAL = "day_interval";
    static final String WEEK_LIST = "week_list";
    static final String MONTH_LIST = "month_list";
    static final String DATE_LIST = "date_list";
    static final String SCHEDULED_DATE = "scheduled_date";
    static final String SCHEDULED_TIME = "scheduled_time";
    static final String EXPIRE_TIME = "expire_time";
    static final String TIME_ZONE = "time_zone";

    /**
     * Reads the fields, which fit the document.
     *
     * @param anchor null for the first day that is still ahead at {@code now}
     */
    static Timing of(JsonObject fields, @Nullable LocalDate anchor, Instant now) {
        ScheduledType type = ScheduledType.valueOf(fields.getString(SCHEDULED_TYPE));
        requireFieldsOf(type, fields);
        ZoneId zone = Zones.parse(TIME_ZONE, fields.getString(TIME_ZONE, Zones.WHEN_ABSENT));
        String expireTime = fields.getString(EXPIRE_TIME);
        LocalDateTime expiry = expireTime == null ? null : LocalTimes.dateTime(EXPIRE_TIME, expireTime);
        if (type == ScheduledType.LIFE_CYCLE) {
            return new Timing(type, zone, null, null, expiry);
        }
        LocalTime time = LocalTimes.time(SCHEDULED_TIME, fields.getString(SCHEDULED_TIME));
        LocalDate from = type != ScheduledType.DAY || anchor != null ? anchor : Recurrence.firstDay(now, time, zone);
        return new Timing(type, zone, from, new Recurrence(days(type, fields, from), time, zone, expiry), expiry);
    }

    private static void requireFieldsOf(ScheduledType type, JsonObject fields) {
        for (String field : new TreeSet<>(ScheduledType.fieldsOfSome())) {
            if (fields.containsKey(field) && !type.takes(field)) {
                throw new ApiException.BadRequest(field + " does not go with scheduled_type " + type
                        + ": leave it out; it belongs to " + ScheduledType.takers(field));
            }
        }
        for (String field : type.needed()) {
            if (!fields.containsKey(field)) {
                throw new ApiException.BadRequest(field + " is missing: scheduled_type " + type + " needs "
                        + String.join(" and ", type.needed()));
            }
        }
    }

    private static Days days(ScheduledType type, JsonObject fields, @Nullable LocalDate anchor) {
        return switch (type) {
            case FIXED_TIME -> new Days.On(LocalTimes.date(SCHEDULED_DATE, fields.getString(SCHEDULED_DATE)));
            case DAY -> new Days.Every(anchor == null ? LocalDate.EPOCH : anchor, fields.getInteger(DAY_INTERVAL));
            case WEEK -> new Days.OfWeek(DayLists.weekdays(fields.getString(WEEK_LIST)));
            case MONTH -> DayLists.monthDays(fields.getString(MONTH_LIST), fields.getString(DATE_LIST));
            case LIFE_CYCLE -> throw new IllegalArgumentException("a triggered task has no days");
        };
    }

    /** The first firing after an instant; none for what is triggered or over. */
    Optional<Instant> next(Instant after) {
        return recurrence == null ? Optional.empty() : recurrence.next(after);
    }

    /** Whether an instant is after the expiry. */
    boolean isOver(Instant now) {
        return expiry != null && now.isAfter(Recurrence.instant(expiry, zone));
    }

    /** Refuses what would never fire from now on, and says why. */
    void requireFuture(Instant now) {
        if (recurrence == null) {
            if (expiry != null && !Recurrence.instant(expiry, zone).isAfter(now)) {
                throw new ApiException.BadRequest("expire_time " + LocalTimes.text(expiry) + " in " + zone
                        + " is past: send a later one, or leave it out");
            }
            return;
        }
        if (recurrence.next(now).isPresent()) {
            return;
        }
        throw new ApiException.BadRequest(
                recurrence
                        .withoutExpiry()
                        .next(now)
                        .map(first -> "expire_time is before the first execution, which would be at "
                                + LocalTimes.text(first, zone) + " in " + Wording.shortened(zone.getId())
                                + ": send a later expire_time, or leave it out")
                        .orElseGet(
                                () -> type == ScheduledType.FIXED_TIME
                                        ? "scheduled_date and scheduled_time are past in " + zone + ", where it is "
                                                + LocalTimes.text(now, zone) + ": send a later instant"
                                        : "no month of month_list has a date of date_list: send dates that exist, or L for the last day"));
    }
}
