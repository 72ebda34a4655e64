package io.deskwave.control.dispatch;

import io.deskwave.control.desktop.Jobs;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.execution.Expiry;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sweeper: ends what is overdue, once a second, on every node. It waits a while after the start of a node, so that
 * agents which were cut off by a restart can bring their outcomes first.
 */
public final class Deadlines {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final long PERIOD_MILLIS = 1000;

    private final Expiry expiry;
    private final Jobs jobs;
    private final PowerProofs power;
    private final InstantSource clock;
    private boolean sweeping;
    private boolean sweepingJobs;
    private boolean stopped;

    public Deadlines(Expiry expiry, Jobs jobs, PowerProofs power, InstantSource clock) {
        this.expiry = expiry;
        this.jobs = jobs;
        this.power = power;
        this.clock = clock;
    }

    public void start(Vertx vertx, long afterMillis) {
        vertx.setPeriodic(afterMillis, PERIOD_MILLIS, id -> {
            sweep();
            sweepJobs();
        });
    }

    /** Sweeps no more: this node is about to end. */
    public void stop() {
        stopped = true;
    }

    private void sweep() {
        if (sweeping || stopped) {
            return;
        }
        sweeping = true;
        expiry.expire(clock.instant()).onComplete(done -> {
            sweeping = false;
            if (done.failed() && !stopped) {
                LOG.warn(
                        "the sweep for overdue records failed: {}", done.cause().toString());
            } else if (done.succeeded() && done.result() > 0) {
                LOG.info("{} overdue records and steps ended", done.result());
            }
        });
    }

    /** What is proven counts as such, however late anybody looks. */
    private void sweepJobs() {
        if (sweepingJobs || stopped) {
            return;
        }
        sweepingJobs = true;
        power.settle().compose(settled -> jobs.expire(clock.instant())).onComplete(done -> {
            sweepingJobs = false;
            if (done.failed() && !stopped) {
                LOG.warn("the sweep for overdue jobs failed: {}", done.cause().toString());
            } else if (done.succeeded() && done.result() > 0) {
                LOG.info("{} overdue sub-jobs ended", done.result());
            }
        });
    }
}
