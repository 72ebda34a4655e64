package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PulseTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

    private long nanos;
    private final Deque<Promise<Instant>> asked = new ArrayDeque<>();
    private final Pulse pulse = new Pulse(this::ask, () -> nanos);

    private Future<Instant> ask() {
        Promise<Instant> answer = Promise.promise();
        asked.add(answer);
        return answer.future();
    }

    private void pass(int seconds) {
        nanos += TimeUnit.SECONDS.toNanos(seconds);
    }

    private void answer() {
        asked.remove().complete(NOON.plusNanos(nanos));
    }

    /** A beat a second, each answered at once. */
    private void beatFor(int seconds) {
        for (int i = 0; i < seconds; i++) {
            pulse.beat();
            answer();
            pass(1);
        }
    }

    private long steady() {
        return pulse.steadyFor().toSeconds();
    }

    @Test
    void isSteadyForAsLongAsTheDatabaseAnswers() {
        beatFor(40);
        assertThat(steady()).isEqualTo(40);
        assertThat(pulse.clock().instant()).isEqualTo(NOON.plusSeconds(40));
    }

    @Test
    void anAnswerThatIsLateByAFewSecondsIsNoPause() {
        beatFor(40);
        pulse.beat();
        pass(5);
        answer();
        assertThat(steady()).isEqualTo(45);
    }

    @Test
    void beginsAnewAfterAnOutageOfTheDatabase() {
        beatFor(40);
        for (int i = 0; i < 60; i++) {
            pulse.beat();
            asked.remove().fail("connection refused");
            pass(1);
        }
        assertThat(steady()).isZero();
        beatFor(30);
        assertThat(steady()).isEqualTo(30);
    }

    @Test
    void beginsAnewAfterThisNodeWasFrozenThoughTheAnswerWasOnItsWay() {
        beatFor(40);
        pulse.beat();
        pass(60);
        assertThat(steady()).as("before anything is heard").isZero();
        answer();
        assertThat(steady()).isZero();
        beatFor(3);
        assertThat(steady()).isEqualTo(3);
    }

    @Test
    void asksARealDatabase() throws Exception {
        Vertx vertx = Vertx.vertx();
        Pulse real = Pulse.start(vertx, TestDatabase.fresh(vertx)).await(20, TimeUnit.SECONDS);

        assertThat(real.clock().instant()).isCloseTo(Instant.now(), within(1, ChronoUnit.SECONDS));
        assertThat(real.steadyFor()).isLessThan(Duration.ofSeconds(20));
        vertx.close().await(10, TimeUnit.SECONDS);
    }
}
