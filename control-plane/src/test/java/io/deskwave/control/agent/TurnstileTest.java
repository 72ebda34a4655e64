package io.deskwave.control.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
final class TurnstileTest {
    private static final int CROWD = 100;

    @Test
    void aCrowdPassesInOrderAndOthersAreHeardInBetween(Vertx vertx) throws Exception {
        var passed = new ArrayList<Integer>();
        var others = new AtomicInteger();
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(now -> {
            vertx.setPeriodic(1, id -> others.incrementAndGet());
            var turnstile = new Turnstile(vertx);
            for (int i = 0; i < CROWD; i++) {
                int number = i;
                turnstile.pass().onSuccess(turn -> {
                    passed.add(number);
                    busyFor(500_000);
                    if (number == CROWD - 1) {
                        turnstile.pass().onComplete(done); // one that comes when all are through
                    }
                });
            }
            assertThat(passed).isEmpty();
        });
        done.future().await(20, TimeUnit.SECONDS);
        assertThat(passed).isEqualTo(IntStream.range(0, CROWD).boxed().toList());
        assertThat(others.get()).isGreaterThan(5); // 50 ms of work, in turns of 4 ms
    }

    @Test
    void whoFailsDoesNotHoldUpTheOthers(Vertx vertx) throws Exception {
        vertx.exceptionHandler(expected -> {});
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(now -> {
            var turnstile = new Turnstile(vertx);
            turnstile.pass().onSuccess(turn -> {
                throw new IllegalStateException("one of them");
            });
            turnstile.pass().onComplete(done);
        });
        done.future().await(20, TimeUnit.SECONDS);
    }

    private static void busyFor(long nanos) {
        long began = System.nanoTime();
        while (System.nanoTime() - began < nanos) {
            Thread.onSpinWait();
        }
    }
}
