package io.deskwave.control.db;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Does something for each of many, for a few milliseconds at a time: what others ask of the event loop is heard in between.
 */
public final class Turns {
    private static final long TURN_NANOS = 4_000_000;
    /** The least that a timer takes. What is only queued on the event loop is done before anything is read. */
    private static final long PAUSE_MILLIS = 1;

    private Turns() {}

    /** In their order, also those that are added meanwhile. Fails with the first that fails, and leaves those after it. */
    public static <T> Future<Void> drain(Vertx vertx, Queue<T> all, Consumer<T> act) {
        Promise<Void> done = Promise.promise();
        turn(vertx, all, act, done);
        return done.future();
    }

    private static <T> void turn(Vertx vertx, Queue<T> rest, Consumer<T> act, Promise<Void> done) {
        long began = System.nanoTime();
        try {
            for (T next = rest.poll(); next != null; next = rest.poll()) {
                act.accept(next);
                if (!rest.isEmpty() && System.nanoTime() - began > TURN_NANOS) {
                    vertx.setTimer(PAUSE_MILLIS, id -> turn(vertx, rest, act, done));
                    return;
                }
            }
        } catch (RuntimeException | Error e) { // whoever waits for the end must hear of it
            done.fail(e);
            return;
        }
        done.complete();
    }
}
