package io.deskwave.control;

import io.deskwave.control.dispatch.Deadlines;
import io.deskwave.control.dispatch.Pruner;
import io.deskwave.control.execution.Ring;
import io.deskwave.control.provider.Providing;
import io.deskwave.control.schedule.ExportMaker;
import io.deskwave.control.schedule.Ticker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** What one event loop of a process does for all: ends what is overdue, removes what is old, fires schedules, asks the provider, makes exports. */
final class Housekeeping {
    private static final long POLL_MILLIS = 2_000;

    private final Deadlines deadlines;
    private final Pruner pruner;
    private final Ticker ticker;
    private final Providing providing;
    private final ExportMaker exports;

    Housekeeping(Deadlines deadlines, Pruner pruner, Ticker ticker, Providing providing, ExportMaker exports) {
        this.deadlines = deadlines;
        this.pruner = pruner;
        this.ticker = ticker;
        this.providing = providing;
        this.exports = exports;
    }

    /** To be told of executions that changed. */
    Ring ring() {
        return ticker.ring();
    }

    void start(Vertx vertx) {
        deadlines.start(vertx);
        pruner.start(vertx);
        ticker.start();
        exports.start();
    }

    /** When the other nodes know this one. */
    void startProviding() {
        providing.start(POLL_MILLIS);
    }

    void wakeProviding() {
        providing.wake();
    }

    void wakeExports() {
        exports.wake();
    }

    /** Succeeds when the provider has answered, or had its time. */
    Future<Void> drain() {
        deadlines.stop();
        pruner.stop();
        ticker.stop();
        exports.stop();
        return providing.drain();
    }
}
