package io.deskwave.control.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.NodeStore.Trace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Looks every two seconds, by a clock that the test moves. */
class NodeWatchTest {
    private static final UUID A = new UUID(0, 1);
    private static final UUID GHOST = new UUID(0, 2);
    private static final Instant THEN = Instant.parse("2026-11-21T12:00:00Z");

    private final NodeWatch watch = new NodeWatch();
    private final List<Trace> dead = new ArrayList<>();
    private int second = 1_000;
    private long beats = 7;

    private Trace trace() {
        return new Trace(A, beats, THEN);
    }

    private void look(int afterSeconds, Trace... others) {
        second += afterSeconds;
        long now = TimeUnit.SECONDS.toNanos(second);
        dead.addAll(watch.dead(List.of(others), now, now));
    }

    @Test
    void aNodeThatBeatsLives() {
        for (int i = 0; i < 60; i++) {
            beats++;
            look(2, trace());
        }
        assertThat(dead).isEmpty();
        assertThat(watch.seesOthers(Set.of())).isTrue();
        assertThat(watch.seesOthers(Set.of(A)))
                .as("one that ends with this one")
                .isFalse();
    }

    @Test
    void aNodeThatIsSilentForTwentySecondsIsDead() {
        look(2, trace());
        for (int i = 0; i < 9; i++) {
            look(2, trace());
        }
        assertThat(dead).isEmpty();
        look(2, trace());
        assertThat(dead).containsExactly(trace());
    }

    @Test
    void aTimeFarInThePastOrTheFutureMeansNothing() {
        for (int i = 0; i < 20; i++) {
            look(2, new Trace(A, beats++, i % 2 == 0 ? Instant.EPOCH : THEN.plusSeconds(86_400)));
        }
        assertThat(dead).isEmpty();
    }

    @Test
    void afterAnOutageNobodyIsTakenForDeadByWhatWasSeenBefore() {
        look(2, trace());
        look(60, trace());
        look(2, trace());
        assertThat(dead).isEmpty();
        beats++;
        look(2, trace());
        assertThat(dead).isEmpty();
    }

    @Test
    void aLookThatWasAskedBeforeAPauseAndAnsweredAfterItProvesNothing() {
        look(2, trace());
        for (int i = 0; i < 9; i++) {
            look(2, trace());
        }
        long askedAt = TimeUnit.SECONDS.toNanos(second + 2);
        assertThat(watch.dead(List.of(trace()), askedAt, askedAt + TimeUnit.SECONDS.toNanos(60)))
                .isEmpty();
    }

    @Test
    void aNodeWithDesktopsAndNoRowIsDeadWhenItGetsNone() {
        for (int i = 0; i < 11; i++) {
            look(2, new Trace(GHOST, null, null));
        }
        assertThat(dead).containsExactly(new Trace(GHOST, null, null));
        assertThat(watch.seesOthers(Set.of())).as("somebody to send agents to").isFalse();
    }

    @Test
    void aNodeThatCameBackIsWatchedAnew() {
        look(2, trace());
        for (int i = 0; i < 9; i++) {
            look(2);
        }
        look(2, trace());
        assertThat(dead).isEmpty();
    }
}
