package io.deskwave.control.dispatch;

import io.deskwave.control.desktop.JobPruning;
import io.deskwave.control.execution.Pruning;
import io.deskwave.control.execution.Pruning.Pruned;
import io.deskwave.control.execution.Retention;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has history removed that was kept long enough: looks every few minutes, and rests between two steps. */
public final class Pruner {
    private static final Logger LOG = LoggerFactory.getLogger(Pruner.class);
    private static final long PERIOD_MILLIS = TimeUnit.MINUTES.toMillis(5);
    private static final long REST_MILLIS = 50;

    private final Pruning pruning;
    private final JobPruning jobs;
    private final Retention retention;
    private final InstantSource clock;
    private boolean running;
    private boolean stopped;

    public Pruner(Pruning pruning, JobPruning jobs, Retention retention, InstantSource clock) {
        this.pruning = pruning;
        this.jobs = jobs;
        this.retention = retention;
        this.clock = clock;
    }

    public void start(Vertx vertx) {
        vertx.setPeriodic(PERIOD_MILLIS, id -> run(vertx));
    }

    /** Begins no more steps: this node is about to end. */
    public void stop() {
        stopped = true;
    }

    private void run(Vertx vertx) {
        if (running || stopped) {
            return;
        }
        running = true;
        runOnce(vertx).onComplete(done -> {
            running = false;
            if (done.failed() && !stopped) {
                LOG.warn("retention could not go on: {}", done.cause().toString());
            } else if (done.succeeded() && done.result().removed()) {
                Pruned all = done.result();
                LOG.info(
                        "retention removed the output of {} tasks, and {} tasks with {} records",
                        all.outputs(),
                        all.tasks(),
                        all.records());
            }
        });
    }

    private Future<Pruned> runOnce(Vertx vertx) {
        return pruning.addUp().compose(done -> steps(vertx, Pruned.NOTHING)).compose(done -> removeJobs(vertx)
                .map(done));
    }

    private Future<Void> removeJobs(Vertx vertx) {
        return stopped
                ? Future.succeededFuture()
                : jobs.step(retention.recordsBefore(clock.instant())).compose(removed -> {
                    if (removed == 0) {
                        return Future.succeededFuture();
                    }
                    LOG.info("retention removed {} jobs and pieces of jobs", removed);
                    return vertx.timer(REST_MILLIS, TimeUnit.MILLISECONDS).compose(rested -> removeJobs(vertx));
                });
    }

    private Future<Pruned> steps(Vertx vertx, Pruned before) {
        return stopped
                ? Future.succeededFuture(before)
                : pruning.step(clock.instant())
                        .compose(step -> step.equals(Pruned.NOTHING)
                                ? Future.succeededFuture(before)
                                : vertx.timer(REST_MILLIS, TimeUnit.MILLISECONDS)
                                        .compose(rested -> steps(vertx, before.plus(step))));
    }
}
