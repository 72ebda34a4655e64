package io.deskwave.agent;

import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the disk is cleaned: soon after an attempt was forgotten, and now and again for what could not be removed then or
 * is still written to by processes in the background. One cleaning at a time. Event loop.
 */
final class Cleaning {
    private static final Logger LOG = LoggerFactory.getLogger(Cleaning.class);
    private static final long SOON_MILLIS = 50;
    private static final long PERIOD_MILLIS = 5_000;
    private static final int PERIODS_TO_RETRY = 12;

    private final RunTools tools;
    private final Supplier<List<Runnable>> keepers;
    private long timer = -1;
    private int periods;
    private boolean soon;
    private boolean busy;
    private boolean closed;

    /** @param keepers the blocking work that keeps the outputs of held attempts small */
    Cleaning(RunTools tools, Supplier<List<Runnable>> keepers) {
        this.tools = tools;
        this.keepers = keepers;
    }

    void start() {
        timer = tools.vertx().setPeriodic(PERIOD_MILLIS, ignored -> {
            clean(++periods % PERIODS_TO_RETRY == 0, keepers.get());
        });
        soon();
    }

    void soon() {
        if (!soon && !closed) {
            soon = true;
            var unused = tools.vertx().setTimer(SOON_MILLIS, ignored -> {
                soon = false;
                clean(false, List.of());
            });
        }
    }

    void close() {
        closed = true;
        if (timer >= 0) {
            boolean unused = tools.vertx().cancelTimer(timer);
        }
    }

    private void clean(boolean again, List<Runnable> keepSmall) {
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
                    keepSmall.forEach(Runnable::run);
                    return null;
                })
                .onFailure(e -> LOG.warn("the disk could not be cleaned", e))
                .onComplete(done -> busy = false);
    }
}
