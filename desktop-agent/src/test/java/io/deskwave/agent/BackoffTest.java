package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BackoffTest {
    @ParameterizedTest
    @CsvSource({"0, 500", "1, 1000", "2, 2000", "6, 32000", "7, 60000", "8, 60000", "500, 60000"})
    void doublesItsCeilingUpToTheCap(int failures, long ceilingMillis) {
        Backoff backoff = Backoff.START;
        for (int i = 0; i < failures; i++) {
            backoff = backoff.next();
        }
        assertThat(backoff.ceilingMillis()).isEqualTo(ceilingMillis);
    }

    @Property
    void waitsBetweenOneMillisecondAndTheCeiling(@ForAll @IntRange(max = 20) int failures, @ForAll long seed) {
        var backoff = new Backoff(failures);
        assertThat(backoff.delayMillis(new Random(seed))).isBetween(1L, backoff.ceilingMillis());
    }

    @Property
    void comesWhenItWasToldAndUpToHalfOfThatLater(
            @ForAll @LongRange(min = 0, max = 100_000) long told, @ForAll long seed) {
        assertThat(Backoff.START.delayMillis(new Random(seed), told)).isBetween(told, told + told / 2);
        assertThat(new Backoff(3).delayMillis(new Random(seed), null)).isBetween(1L, 4000L);
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "29, 4", "30, 0", "3600, 0"})
    void startsOverAfterASessionThatProvedItself(int seconds, int failures) {
        assertThat(new Backoff(3).afterSessionOf(Duration.ofSeconds(seconds)).failures())
                .isEqualTo(failures);
    }
}
