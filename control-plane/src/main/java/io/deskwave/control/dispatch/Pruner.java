package io.deskwave.control.dispatch;

import io.deskwave.control.execution.Pruning;
import io.deskwave.control.execution.Pruning.Pruned;
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
    private final InstantSource clock;
    private boolean running;
    private boolean stopped;

    public Pruner(Pruning pruning, InstantSource clock) {
        this.pruning = pruning;
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
        pruning.addUp().compose(done -> steps(vertx, Pruned.NOTHING)).onComplete(done -> {
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
