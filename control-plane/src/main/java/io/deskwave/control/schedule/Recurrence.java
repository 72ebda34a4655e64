package io.deskwave.control.schedule;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * When a scheduled task fires: on some local days, at one local time of a zone. A time that the clocks jump over fires when they
 * have jumped; a time that they show twice fires at the first instance. Two days whose times the clocks jump over at once have one
 * firing. Pure.
 *
 * @param expiry nothing is planned for a local time after it; what is planned for exactly then still fires. Null for never
 */
record Recurrence(Days days, LocalTime time, ZoneId zone, @Nullable LocalDateTime expiry) {
    /** The first firing after an instant; empty when there is none any more. */
    Optional<Instant> next(Instant after) {
        Optional<LocalDate> day = days.first(after.atZone(zone).toLocalDate());
        while (day.isPresent()) {
            LocalDateTime planned = day.get().atTime(time);
            Instant firing = instant(planned, zone);
            if (firing.isAfter(after)) {
                return expiry != null && planned.isAfter(expiry) ? Optional.empty() : Optional.of(firing);
            }
            day = days.first(day.get().plusDays(1));
        }
        return Optional.empty();
    }

    /** The first firings after an instant, at most so many. */
    List<Instant> preview(Instant after, int most) {
        var firings = new ArrayList<Instant>();
        Optional<Instant> next = next(after);
        while (next.isPresent() && firings.size() < most) {
            firings.add(next.get());
            next = next(next.get());
        }
        return firings;
    }

    Recurrence withoutExpiry() {
        return new Recurrence(days, time, zone, null);
    }

    /** The first local day whose time is still ahead: what the days of {@link Days.Every} are counted from. */
    static LocalDate firstDay(Instant now, LocalTime time, ZoneId zone) {
        LocalDate day = now.atZone(zone).toLocalDate();
        while (!instant(day.atTime(time), zone).isAfter(now)) {
            day = day.plusDays(1);
        }
        return day;
    }

    /** When the clocks of the zone show a time first, or pass it. */
    static Instant instant(LocalDateTime local, ZoneId zone) {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        return offsets.isEmpty() ? zone.getRules().getTransition(local).getInstant() : local.toInstant(offsets.get(0));
    }

    /** The local days of a recurrence. */
    sealed interface Days {
        /** The first day not before another; empty when none is left. Looks at a bounded number of days. */
        Optional<LocalDate> first(LocalDate from);

        /** One day. */
        record On(LocalDate date) implements Days {
            @Override
            public Optional<LocalDate> first(LocalDate from) {
                return date.isBefore(from) ? Optional.empty() : Optional.of(date);
            }
        }

        /** A day and every n-th after it. */
        record Every(LocalDate anchor, int interval) implements Days {
            public Every {
                if (interval < 1) {
                    throw new IllegalArgumentException("an interval of " + interval + " days");
                }
            }

            @Override
            public Optional<LocalDate> first(LocalDate from) {
                long ahead = ChronoUnit.DAYS.between(anchor, from);
                long steps = ahead <= 0 ? 0 : Math.floorDiv(ahead + interval - 1, (long) interval);
                return Optional.of(anchor.plusDays(steps * interval));
            }
        }

        /** Some days of every week. */
        record OfWeek(Set<DayOfWeek> weekdays) implements Days {
            public OfWeek {
                weekdays = Set.copyOf(weekdays);
            }

            @Override
            public Optional<LocalDate> first(LocalDate from) {
                return IntStream.range(0, 7)
                        .mapToObj(from::plusDays)
                        .filter(day -> weekdays.contains(day.getDayOfWeek()))
                        .findFirst();
            }
        }

        /** Some dates, and perhaps the last, of some months of every year. A month that lacks a date is passed over for it. */
        record OfMonth(Set<Month> months, Set<Integer> dates, boolean last) implements Days {
            /** The longest time between two leap days, such as 1896 and 1904, and the month in which the search starts. */
            private static final int MONTHS_TO_LOOK_AT = 8 * 12 + 1;

            public OfMonth {
                months = Set.copyOf(months);
                dates = Set.copyOf(dates);
            }

            @Override
            public Optional<LocalDate> first(LocalDate from) {
                YearMonth start = YearMonth.from(from);
                return IntStream.range(0, MONTHS_TO_LOOK_AT)
                        .mapToObj(start::plusMonths)
                        .filter(month -> months.contains(month.getMonth()))
                        .flatMap(month -> IntStream.rangeClosed(1, month.lengthOfMonth())
                                .filter(date -> dates.contains(date) || (last && date == month.lengthOfMonth()))
                                .mapToObj(month::atDay))
                        .filter(day -> !day.isBefore(from))
                        .findFirst();
            }
        }
    }
}
