package io.deskwave.control.dispatch;

import io.deskwave.control.execution.Pruning;
import io.deskwave.control.execution.Pruning.Pruned;
import io.deskwave.control.execution.Retention;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has history removed that was kept long enough: looks every few minutes, and rests between two steps. */
public final class Pruner {
    private static final Logger LOG = LoggerFactory.getLogger(Pruner.class);
    private static final long PERIOD_MILLIS = TimeUnit.MINUTES.toMillis(5);
    private static final long REST_MILLIS = 50;

    private final Pruning pruning;
    private final List<Step> others;
    private final Retention retention;
    private final InstantSource clock;
    private boolean running;
    private boolean stopped;

    /** Removes the next few rows of what ended before an instant; their number, 0 when there are none. */
    public interface Step {
        Future<Integer> before(Instant instant);
    }

    /** @param others what is kept for as long as tasks are */
    public Pruner(Pruning pruning, List<Step> others, Retention retention, InstantSource clock) {
        this.pruning = pruning;
        this.others = List.copyOf(others);
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
        Future<Pruned> done = pruning.addUp().compose(added -> steps(vertx, Pruned.NOTHING));
        for (Step each : others) {
            done = done.compose(pruned -> remove(vertx, each).map(pruned));
        }
        return done;
    }

    private Future<Void> remove(Vertx vertx, Step step) {
        return stopped
                ? Future.succeededFuture()
                : step.before(retention.recordsBefore(clock.instant())).compose(removed -> {
                    if (removed == 0) {
                        return Future.succeededFuture();
                    }
                    LOG.info("retention removed {} more rows of jobs and firings", removed);
                    return vertx.timer(REST_MILLIS, TimeUnit.MILLISECONDS).compose(rested -> remove(vertx, step));
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
