package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BackoffTest {
    private static final Duration LONG = Duration.ofHours(1);

    @ParameterizedTest
    @CsvSource({"0, 500", "1, 1000", "2, 2000", "6, 32000", "7, 60000", "8, 60000", "500, 60000"})
    void doublesItsCeilingUpToTheCap(int failures, long ceilingMillis) {
        Backoff backoff = Backoff.START;
        for (int i = 0; i < failures; i++) {
            backoff = backoff.next(LONG);
        }
        assertThat(backoff.ceilingMillis()).isEqualTo(ceilingMillis);
    }

    @ParameterizedTest
    @CsvSource({"0, 2000", "1999, 2000", "6000, 6000", "59000, 59000", "61000, 60000"})
    void waitsNoLongerThanTheOutageHasLasted(long outageMillis, long ceilingMillis) {
        assertThat(new Backoff(12, Duration.ofMillis(outageMillis)).ceilingMillis())
                .isEqualTo(ceilingMillis);
        assertThat(new Backoff(0, Duration.ofMillis(outageMillis)).ceilingMillis())
                .isEqualTo(500);
    }

    /** A fleet told by moving the clock: nobody who was there comes later than twice the outage, and they come as a stream. */
    @ParameterizedTest
    @CsvSource({"6", "20"})
    void aFleetIsBackSoonAfterAShortOutageAndSpreadOut(int outageSeconds) {
        var random = new Random(outageSeconds);
        long servesAt = 1000L * outageSeconds;
        int fleet = 15_000;
        var arrivedInSecond = new int[10 * outageSeconds];
        for (int i = 0; i < fleet; i++) {
            Backoff backoff = Backoff.START;
            long now = backoff.delayMillis(random);
            while (now < servesAt) {
                backoff = backoff.next(Duration.ofMillis(now));
                now += backoff.delayMillis(random);
            }
            assertThat(now).isLessThanOrEqualTo(2 * servesAt);
            arrivedInSecond[(int) (now / 1000)]++;
        }
        assertThat(Arrays.stream(arrivedInSecond).max().orElseThrow()).isLessThan(fleet * 3 / outageSeconds);
    }

    @Property
    void waitsBetweenOneMillisecondAndTheCeiling(@ForAll @IntRange(max = 20) int failures, @ForAll long seed) {
        var backoff = new Backoff(failures, LONG);
        assertThat(backoff.delayMillis(new Random(seed))).isBetween(1L, backoff.ceilingMillis());
    }

    @Property
    void comesWhenItWasToldAndUpToHalfOfThatLater(
            @ForAll @LongRange(min = 0, max = 100_000) long told, @ForAll long seed) {
        assertThat(Backoff.START.delayMillis(new Random(seed), told)).isBetween(told, told + told / 2);
        assertThat(new Backoff(3, LONG).delayMillis(new Random(seed), null)).isBetween(1L, 4000L);
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "29, 4", "30, 0", "3600, 0"})
    void startsOverAfterASessionThatProvedItself(int seconds, int failures) {
        assertThat(new Backoff(3, LONG)
                        .afterSessionOf(Duration.ofSeconds(seconds), LONG)
                        .failures())
                .isEqualTo(failures);
    }
}
