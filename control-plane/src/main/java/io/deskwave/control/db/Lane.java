package io.deskwave.control.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one kind of work that the database holds, one pass at a time, until there is none. A wake-up that comes during a pass
 * is not lost: another pass follows. Used on one event loop.
 */
public final class Lane {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private final String work;
    private final Supplier<Future<Boolean>> pass;
    private long begun;
    private boolean busy;
    private boolean again;
    private boolean failing;
    private boolean drained;

    /**
     * @param work what it does, for the log: "cannot ... now"
     * @param pass does some of it; true when there may be more to do at once
     */
    public Lane(String work, Supplier<Future<Boolean>> pass) {
        this.work = work;
        this.pass = pass;
    }

    /** Looks every so often too, since a wake-up may be lost. */
    public void start(Vertx vertx, long pollMillis) {
        vertx.setPeriodic(pollMillis, id -> wake());
    }

    /** Begins no more passes: this node is about to end. */
    public void drain() {
        drained = true;
    }

    public boolean isDrained() {
        return drained;
    }

    /** The number of the pass that is under way; 0 when none is. */
    public long passUnderWay() {
        return busy ? begun : 0;
    }

    /** There may be something to do. */
    public void wake() {
        if (drained) {
            return;
        }
        if (busy) {
            again = true;
            return;
        }
        busy = true;
        again = false;
        begun++;
        Future.succeededFuture().compose(now -> pass.get()).onComplete(done -> {
            busy = false;
            if (done.succeeded()) {
                failing = false;
            } else {
                failed(done.cause());
            }
            if (again || (done.succeeded() && done.result())) {
                wake();
            }
        });
    }

    /** Said once: an outage has many looks. */
    private void failed(Throwable cause) {
        if (!failing && !drained) {
            LOG.warn("cannot {} now, and try again at the next look: {}", work, cause.toString());
        }
        failing = true;
    }
}
