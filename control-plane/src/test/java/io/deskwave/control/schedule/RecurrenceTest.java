package io.deskwave.control.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.schedule.Recurrence.Days;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecurrenceTest {
    private static final Instant YEAR_2000 = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant YEAR_2060 = Instant.parse("2060-01-01T00:00:00Z");

    static Stream<String> cases() throws IOException {
        try (InputStream in = Objects.requireNonNull(RecurrenceTest.class.getResourceAsStream("next-firings.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void firesNextWhenTheTableSays(String line) {
        String[] cells = line.split(" \\| ", -1);
        Recurrence recurrence = recurrence(cells[0], cells[1]);
        Optional<Instant> expected = cells[3].equals("-") ? Optional.empty() : Optional.of(Instant.parse(cells[3]));

        assertThat(recurrence.next(Instant.parse(cells[2]))).isEqualTo(expected);
    }

    @Test
    void theTableIsLong() throws IOException {
        assertThat(cases()).hasSizeGreaterThanOrEqualTo(300);
    }

    /** Such as {@code DAY 3 from 2026-10-22 02:15:00 until 2026-11-22 07:59:59}. */
    private static Recurrence recurrence(String zone, String text) {
        String[] halves = text.split(" until ", -1);
        String[] words = halves[0].split(" ", -1);
        Days days =
                switch (words[0]) {
                    case "ON" -> new Days.On(LocalDate.parse(words[1]));
                    case "DAY" -> new Days.Every(LocalDate.parse(words[3]), Integer.parseInt(words[1]));
                    case "WEEK" -> new Days.OfWeek(DayLists.weekdays(words[1]));
                    case "MONTH" -> DayLists.monthDays(words[1], words[2]);
                    default -> throw new IllegalArgumentException(text);
                };
        return new Recurrence(
                days,
                LocalTime.parse(words[words.length - 1]),
                Zones.parse("time_zone", zone),
                halves.length == 1 ? null : LocalDateTime.parse(halves[1].replace(' ', 'T')));
    }

    @Test
    void givesUpOnDatesThatNoMonthHas() {
        var days = new Days.OfMonth(Set.of(Month.FEBRUARY, Month.APRIL), Set.of(31), false);

        assertThat(days.first(LocalDate.of(2026, 1, 1))).isEmpty();
        assertThat(new Days.OfMonth(Set.of(Month.FEBRUARY), Set.of(29), false).first(LocalDate.of(1896, 3, 1)))
                .contains(LocalDate.of(1904, 2, 29));
    }

    @Test
    void countsFromTheFirstDayThatIsAhead() {
        LocalTime nine = LocalTime.of(9, 0);
        ZoneId shanghai = ZoneId.of("Asia/Shanghai");

        assertThat(Recurrence.firstDay(Instant.parse("2026-11-21T00:59:59Z"), nine, shanghai))
                .isEqualTo("2026-11-21");
        assertThat(Recurrence.firstDay(Instant.parse("2026-11-21T01:00:00Z"), nine, shanghai))
                .isEqualTo("2026-11-22");
    }

    @Property
    void isAlwaysLater(@ForAll("recurrences") Recurrence recurrence, @ForAll("instants") Instant after) {
        recurrence.next(after).ifPresent(next -> assertThat(next).isAfter(after));
    }

    @Property
    void leavesNoFiringOutBetweenAnInstantAndTheNext(
            @ForAll("recurrences") Recurrence recurrence,
            @ForAll("instants") Instant after,
            @ForAll @IntRange(max = 1_000_000) int share) {
        recurrence.next(after).ifPresent(next -> {
            long seconds = next.getEpochSecond() - after.getEpochSecond();
            Instant between = after.plusSeconds(seconds * share / 1_000_001);
            assertThat(recurrence.next(between)).contains(next);
        });
    }

    @Property
    void previewsWhatItThenDoes(@ForAll("recurrences") Recurrence recurrence, @ForAll("instants") Instant after) {
        List<Instant> preview = recurrence.preview(after, 12);

        assertThat(preview).isSorted().doesNotHaveDuplicates();
        Instant now = after;
        for (Instant firing : preview) {
            assertThat(recurrence.next(now)).contains(firing);
            now = firing;
        }
        if (preview.size() < 12) {
            assertThat(recurrence.next(now)).isEmpty();
        }
    }

    /** Every day of the recurrence is there once; only days that a zone left out whole share their firing. */
    @Property
    void losesNoLocalDay(@ForAll("recurrences") Recurrence recurrence, @ForAll("instants") Instant after) {
        Recurrence endless = recurrence.withoutExpiry();
        LocalDate first = after.atZone(recurrence.zone()).toLocalDate().plusDays(2);
        LocalDate beyond = first.plusDays(60);
        List<Instant> due = first.datesUntil(beyond)
                .filter(day -> recurrence.days().first(day).equals(Optional.of(day)))
                .map(day -> Recurrence.instant(day.atTime(recurrence.time()), recurrence.zone()))
                .distinct()
                .toList();

        assertThat(endless.preview(after, 80)).containsAll(due);
    }

    @Property
    void firesAtTheLocalTimeOrWhenTheClocksHaveJumpedOverIt(
            @ForAll("recurrences") Recurrence recurrence, @ForAll("instants") Instant after) {
        recurrence.next(after).ifPresent(next -> {
            LocalDateTime local = next.atZone(recurrence.zone()).toLocalDateTime();
            LocalDate day = local.toLocalDate();
            boolean onTime = local.toLocalTime().equals(recurrence.time())
                    && recurrence.days().first(day).equals(Optional.of(day));
            if (!onTime) {
                ZoneOffsetTransition jump = recurrence.zone().getRules().previousTransition(next.plusNanos(1));
                assertThat(jump.isGap()).isTrue();
                assertThat(jump.getInstant()).isEqualTo(next);
            }
        });
    }

    @Property
    void stopsAtItsExpiry(@ForAll("recurrences") Recurrence recurrence, @ForAll("instants") Instant after) {
        LocalDateTime expiry = recurrence.expiry();
        if (expiry != null) {
            Instant last = Recurrence.instant(expiry, recurrence.zone());
            assertThat(recurrence.preview(after, 5)).allMatch(firing -> !firing.isAfter(last));
        }
    }

    @Provide
    static Arbitrary<Instant> instants() {
        return Arbitraries.longs()
                .between(YEAR_2000.getEpochSecond(), YEAR_2060.getEpochSecond())
                .map(Instant::ofEpochSecond);
    }

    @Provide
    static Arbitrary<Recurrence> recurrences() {
        Arbitrary<LocalDate> dates = Arbitraries.longs()
                .between(
                        LocalDate.of(1999, 1, 1).toEpochDay(),
                        LocalDate.of(2061, 1, 1).toEpochDay())
                .map(LocalDate::ofEpochDay);
        Arbitrary<LocalTime> times =
                Arbitraries.integers().between(0, 24 * 3600 - 1).map(LocalTime::ofSecondOfDay);
        Arbitrary<ZoneId> zones = Arbitraries.of(
                ZoneId.getAvailableZoneIds().stream().sorted().map(ZoneId::of).toList());
        Arbitrary<LocalDateTime> expiries =
                Combinators.combine(dates, times).as(LocalDate::atTime).injectNull(0.7);
        return Combinators.combine(days(dates), times, zones, expiries).as(Recurrence::new);
    }

    private static Arbitrary<Days> days(Arbitrary<LocalDate> dates) {
        Arbitrary<Days> every = Combinators.combine(
                        dates, Arbitraries.integers().between(1, 31))
                .as(Days.Every::new);
        Arbitrary<Days> on = dates.map(Days.On::new);
        Arbitrary<Days> week =
                Arbitraries.of(DayOfWeek.class).set().ofMinSize(1).map(Days.OfWeek::new);
        Arbitrary<Days> month = Combinators.combine(
                        Arbitraries.of(Month.class).set().ofMinSize(1),
                        Arbitraries.integers().between(1, 31).set().ofMinSize(1),
                        Arbitraries.of(true, false))
                .as(Days.OfMonth::new);
        return Arbitraries.oneOf(every, on, week, month);
    }
}
