package io.deskwave.agent;

import io.vertx.core.Vertx;

/** How often a run is looked at: every few milliseconds while it has news, slower when it has none. Event loop. */
final class Pace {
    private static final long BUSY_MILLIS = 5;
    private static final long IDLE_MILLIS = 20;
    private static final long UNHEARD_MILLIS = 100;
    private static final long AFTER_FAILURE_MILLIS = 1000;

    private final Vertx vertx;
    private final Runnable tick;
    private long timer = -1;
    private long delayMillis = BUSY_MILLIS;

    Pace(Vertx vertx, Runnable tick) {
        this.vertx = vertx;
        this.tick = tick;
    }

    void soon() {
        delayMillis = BUSY_MILLIS;
        in(1);
    }

    void later() {
        in(AFTER_FAILURE_MILLIS);
    }

    void next(boolean news, boolean live) {
        delayMillis = news ? BUSY_MILLIS : Math.min(delayMillis + 1, IDLE_MILLIS);
        in(live ? delayMillis : UNHEARD_MILLIS);
    }

    void cancel() {
        if (timer >= 0) {
            boolean unused = vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    private void in(long millis) {
        cancel();
        timer = vertx.setTimer(millis, ignored -> {
            timer = -1;
            tick.run();
        });
    }
}
