package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

/** The time that is counted, and what the database says, are moved by hand. */
class DatabaseClockTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

    private long nanos = Duration.ofDays(3).toNanos();
    private final DatabaseClock clock = new DatabaseClock(() -> nanos);

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    /** Answered after this long; the database looked at its clock in the middle. */
    private void learn(Instant said, Duration roundTrip) {
        long askedAt = nanos;
        pass(roundTrip);
        clock.learn(askedAt, nanos, said.plus(roundTrip.dividedBy(2)));
    }

    @Test
    void hasNoTimeBeforeTheFirstAnswer() {
        assertThatThrownBy(clock::instant).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void goesOnFromWhatTheDatabaseSaidWithoutAnotherAnswer() {
        learn(NOON, Duration.ofMillis(40));
        assertThat(clock.instant()).isEqualTo(NOON.plusMillis(40));
        pass(Duration.ofHours(2));
        assertThat(clock.instant()).isEqualTo(NOON.plusMillis(40).plus(Duration.ofHours(2)));
    }

    @Test
    void aSlowAnswerDoesNotReplaceAGoodOne() {
        learn(NOON, Duration.ofMillis(2));
        pass(Duration.ofSeconds(1).minusMillis(2));
        long askedAt = nanos;
        pass(Duration.ofSeconds(4));
        clock.learn(askedAt, nanos, NOON.plusSeconds(1)); // it looked first and answered late

        assertThat(clock.instant()).isEqualTo(NOON.plusSeconds(5));
    }

    @Test
    void aQuickAnswerReplacesASlowOne() {
        long askedAt = nanos;
        pass(Duration.ofSeconds(4));
        clock.learn(askedAt, nanos, NOON);
        assertThat(clock.instant()).as("wrong by up to 2 s").isEqualTo(NOON.plusSeconds(2));

        learn(NOON.plusSeconds(4), Duration.ofMillis(2));
        assertThat(clock.instant()).isEqualTo(NOON.plusSeconds(4).plusMillis(2));
    }

    @Test
    void anOldAnswerIsWorthLessAndLessSinceOscillatorsDrift() {
        learn(NOON, Duration.ofMillis(2));
        Instant drifted = NOON.plus(Duration.ofMinutes(10)).plusMillis(60);
        pass(Duration.ofMinutes(10).minusMillis(2));
        learn(drifted, Duration.ofMillis(20));

        assertThat(clock.instant()).isCloseTo(drifted.plusMillis(20), within(1, ChronoUnit.MILLIS));
    }

    @Test
    void theDatabasesClockIsFollowedWhenItIsSet() {
        learn(NOON, Duration.ofMillis(2));
        learn(NOON.plus(Duration.ofHours(1)), Duration.ofMillis(30));
        assertThat(clock.instant()).isEqualTo(NOON.plus(Duration.ofHours(1)).plusMillis(30));
        learn(NOON.minus(Duration.ofHours(1)), Duration.ofMillis(30));
        assertThat(clock.instant()).isEqualTo(NOON.minus(Duration.ofHours(1)).plusMillis(30));
    }
}
