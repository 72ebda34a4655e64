package io.deskwave.control.dispatch;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.desktop.Jobs;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.execution.Expiry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sweeper: ends what is overdue, once a second, in every process. It waits a while after the start of a node and after every
 * pause in which the database was away or this node stood still, so that agents can bring their outcomes first.
 */
public final class Deadlines {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final long PERIOD_MILLIS = 1000;
    /** Time for agents that were cut off to bring what they have. */
    private static final Duration WAITS = Duration.ofSeconds(30);
    /** No report that cannot be stored holds the sweep up for ever. */
    private static final Duration WAITS_FOR_REPORTS = Duration.ofMinutes(2);

    private final Expiry expiry;
    private final Jobs jobs;
    private final PowerProofs power;
    private final InstantSource clock;
    private final Supplier<Duration> steadyFor;
    private final BooleanSupplier reportsWait;
    private boolean sweeping;
    private boolean sweepingJobs;
    private boolean stopped;

    /**
     * @param steadyFor for how long the database has answered this node without a pause
     * @param reportsWait whether reports of agents wait on this node for the database
     */
    public Deadlines(
            Expiry expiry,
            Jobs jobs,
            PowerProofs power,
            InstantSource clock,
            Supplier<Duration> steadyFor,
            BooleanSupplier reportsWait) {
        this.expiry = expiry;
        this.jobs = jobs;
        this.power = power;
        this.clock = clock;
        this.steadyFor = steadyFor;
        this.reportsWait = reportsWait;
    }

    public void start(Vertx vertx) {
        vertx.setPeriodic(PERIOD_MILLIS, id -> sweepIfDue());
    }

    /** Whether it was time to. */
    @CanIgnoreReturnValue
    boolean sweepIfDue() {
        Duration wait = reportsWait.getAsBoolean() ? WAITS_FOR_REPORTS : WAITS;
        if (stopped || steadyFor.get().compareTo(wait) < 0) {
            return false;
        }
        sweep();
        sweepJobs();
        return true;
    }

    /** Sweeps no more: this node is about to end. */
    public void stop() {
        stopped = true;
    }

    private void sweep() {
        if (sweeping) {
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
        if (sweepingJobs) {
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
