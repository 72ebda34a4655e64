package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaneTest {
    private final List<Promise<Boolean>> passes = new ArrayList<>();
    private final Lane lane = new Lane("do it", this::pass);

    private Future<Boolean> pass() {
        passes.add(Promise.promise());
        return passes.get(passes.size() - 1).future();
    }

    @Test
    void onePassAtATimeAndNoWakeUpIsLost() {
        lane.wake();
        lane.wake();
        lane.wake();
        assertThat(passes).hasSize(1);
        passes.get(0).complete(false);
        assertThat(passes).hasSize(2);
        passes.get(1).complete(false);
        assertThat(passes).hasSize(2);
        lane.wake();
        assertThat(passes).hasSize(3);
    }

    @Test
    void aPassThatLeftSomethingIsFollowedByAnother() {
        lane.wake();
        passes.get(0).complete(true);
        passes.get(1).complete(true);
        passes.get(2).complete(false);
        assertThat(passes).hasSize(3);
    }

    @Test
    void aPassThatTakesLongIsToldFromManyShortOnes() {
        assertThat(lane.passUnderWay()).isZero();
        lane.wake();
        long first = lane.passUnderWay();
        lane.wake();
        assertThat(lane.passUnderWay()).isEqualTo(first).isPositive();
        passes.get(0).complete(false);
        assertThat(lane.passUnderWay()).isGreaterThan(first);
        passes.get(1).complete(false);
        assertThat(lane.passUnderWay()).isZero();
    }

    @Test
    void aFailureEndsThePassAndNotTheLane() {
        lane.wake();
        passes.get(0).fail("away");
        assertThat(passes).hasSize(1);
        lane.wake();
        lane.wake();
        assertThat(passes).hasSize(2);
        passes.get(1).fail("away");
        assertThat(passes).as("the wake-up that came meanwhile").hasSize(3);
    }

    @Test
    void whatThrowsHasFailed() {
        var calls = new ArrayList<String>();
        var throwing = new Lane("throw", () -> {
            calls.add("called");
            throw new IllegalStateException("thrown");
        });
        throwing.wake();
        throwing.wake();
        assertThat(calls).hasSize(2);
    }

    @Test
    void aDrainedLaneBeginsNothing() {
        lane.wake();
        lane.wake();
        lane.drain();
        passes.get(0).complete(true);
        lane.wake();
        assertThat(passes).hasSize(1);
        assertThat(lane.isDrained()).isTrue();
    }
}
