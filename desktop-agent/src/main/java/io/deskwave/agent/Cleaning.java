package io.deskwave.agent;

/**
 * When the disk is cleaned: soon after an attempt was forgotten, and now and again for what could not be removed then or
 * is still written to by processes in the background. One cleaning at a time. Event loop.
 */
final class Cleaning {
    private static final long SOON_MILLIS = 50;
    private static final long PERIOD_MILLIS = 5_000;
    private static final int PERIODS_TO_RETRY = 12;

    private final RunTools tools;
    private final Runnable keepSmall;
    private long timer = -1;
    private int periods;
    private boolean soon;
    private boolean busy;
    private boolean closed;

    Cleaning(RunTools tools, Runnable keepSmall) {
        this.tools = tools;
        this.keepSmall = keepSmall;
    }

    void start() {
        timer = tools.vertx().setPeriodic(PERIOD_MILLIS, ignored -> {
            keepSmall.run();
            clean(++periods % PERIODS_TO_RETRY == 0);
        });
        soon();
    }

    void soon() {
        if (!soon && !closed) {
            soon = true;
            var unused = tools.vertx().setTimer(SOON_MILLIS, ignored -> {
                soon = false;
                clean(false);
            });
        }
    }

    void close() {
        closed = true;
        if (timer >= 0) {
            boolean unused = tools.vertx().cancelTimer(timer);
        }
    }

    private void clean(boolean again) {
        if (busy) {
            soon();
            return;
        }
        if (closed) {
            return;
        }
        busy = true;
        var unused = tools.blocking(() -> {
                    tools.journal().gone().clean(again);
                    return null;
                })
                .onComplete(done -> busy = false);
    }
}
