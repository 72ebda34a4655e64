package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
final class TurnsTest {
    private static final List<Integer> HUNDRED = IntStream.range(0, 100).boxed().toList();

    @Test
    void doesThemInOrderAndLetsOthersInBetween(Vertx vertx) throws Exception {
        var acted = new ArrayList<Integer>();
        var others = new AtomicInteger();
        onLoop(vertx, () -> {
            vertx.setPeriodic(1, id -> others.incrementAndGet());
            return Turns.drain(vertx, new ArrayDeque<>(HUNDRED), number -> {
                acted.add(number);
                busyFor(500_000);
            });
        });
        assertThat(acted).isEqualTo(HUNDRED);
        assertThat(others.get()).isGreaterThan(5); // 50 ms of work, in turns of 4 ms
    }

    @Test
    void whatIsQuickIsDoneAtOnce(Vertx vertx) {
        var acted = new ArrayList<Integer>();
        Future<Void> done = Turns.drain(vertx, new ArrayDeque<>(List.of(1, 2, 3)), acted::add);
        assertThat(acted).containsExactly(1, 2, 3);
        assertThat(done.succeeded()).isTrue();
    }

    @Test
    void theFirstThatFailsIsTheLast(Vertx vertx) {
        var acted = new ArrayList<Integer>();
        Future<Void> done = Turns.drain(vertx, new ArrayDeque<>(HUNDRED), number -> {
            acted.add(number);
            if (number == 3) {
                throw new IllegalStateException("three");
            }
        });
        assertThat(acted).containsExactly(0, 1, 2, 3);
        assertThat(done.cause()).hasMessage("three");
    }

    private static void onLoop(Vertx vertx, Supplier<Future<Void>> work) throws Exception {
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(now -> work.get().onComplete(done));
        done.future().await(20, TimeUnit.SECONDS);
    }

    private static void busyFor(long nanos) {
        long began = System.nanoTime();
        while (System.nanoTime() - began < nanos) {
            Thread.onSpinWait();
        }
    }
}
