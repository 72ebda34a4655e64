package io.deskwave.control.agent;

import io.deskwave.control.db.Turns;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets through one after the other, in {@link Turns}: who comes in a crowd holds nobody else up. Used on one event loop. */
final class Turnstile {
    private static final Logger LOG = LoggerFactory.getLogger(Turnstile.class);

    private final Vertx vertx;
    private final Queue<Promise<Void>> waiting = new ArrayDeque<>();
    private boolean turning;

    Turnstile(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Succeeds when it is the caller's turn, never within this call. */
    Future<Void> pass() {
        Promise<Void> turn = Promise.promise();
        waiting.add(turn);
        if (!turning) {
            turning = true;
            vertx.runOnContext(now -> turn());
        }
        return turn.future();
    }

    private void turn() {
        Turns.drain(vertx, waiting, Promise::complete)
                .onFailure(failure -> LOG.error("one of many could not go on", failure))
                .onComplete(all -> {
                    turning = !waiting.isEmpty();
                    if (turning) {
                        turn();
                    }
                });
    }
}
