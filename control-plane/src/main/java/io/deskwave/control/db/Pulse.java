package io.deskwave.control.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks PostgreSQL for the time, once a second: the clock of this node, and how long the database has answered it without a
 * pause. An outage of the database, a connection cut and a node that was frozen are all the same to it: nothing was heard.
 * Beats on one event loop; any thread may ask.
 */
public final class Pulse {
    private static final Logger LOG = LoggerFactory.getLogger(Pulse.class);
    private static final long PERIOD_MILLIS = 1_000;
    private static final long ANSWER_SECONDS = 5;
    /** Less is what a busy database or a busy node may take. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(8);
    /** The first opens a connection, and code is cold: the quickest of a few is good to a millisecond. */
    private static final int FIRST_ASKED = 4;

    private final Supplier<Future<Instant>> ask;
    private final LongSupplier nanoTime;
    private final DatabaseClock clock;
    private volatile long heardAt;
    private volatile long steadySince;
    private boolean asking;

    Pulse(Supplier<Future<Instant>> ask, LongSupplier nanoTime) {
        this.ask = ask;
        this.nanoTime = nanoTime;
        this.clock = new DatabaseClock(nanoTime);
        this.heardAt = nanoTime.getAsLong();
        this.steadySince = heardAt;
    }

    /** Succeeds when the time is known; goes on asking until the Vert.x instance is closed. */
    public static Future<Pulse> start(Vertx vertx, Database database) {
        var pulse = new Pulse(database::now, System::nanoTime);
        return pulse.askFirst(FIRST_ASKED).map(known -> {
            vertx.setPeriodic(PERIOD_MILLIS, id -> pulse.beat());
            return pulse;
        });
    }

    public InstantSource clock() {
        return clock;
    }

    /** For how long the database has answered without a pause; nothing while there is one. */
    public Duration steadyFor() {
        long now = nanoTime.getAsLong();
        return now - heardAt > PAUSE_NANOS ? Duration.ZERO : Duration.ofNanos(now - steadySince);
    }

    private Future<Void> askFirst(int times) {
        return times == 0 ? Future.succeededFuture() : askOnce().compose(heard -> askFirst(times - 1));
    }

    void beat() {
        if (asking) {
            return;
        }
        asking = true;
        askOnce().timeout(ANSWER_SECONDS, TimeUnit.SECONDS).onComplete(done -> {
            asking = false;
            if (done.failed()) {
                LOG.debug("the database does not say the time: {}", done.cause().toString());
            }
        });
    }

    private Future<Void> askOnce() {
        long askedAt = nanoTime.getAsLong();
        return ask.get().map(said -> {
            heard(askedAt, said);
            return null;
        });
    }

    private void heard(long askedAt, Instant said) {
        long now = nanoTime.getAsLong();
        clock.learn(askedAt, now, said);
        if (now - heardAt > PAUSE_NANOS) {
            LOG.warn(
                    "nothing was heard of the database for {} s, it is back",
                    TimeUnit.NANOSECONDS.toSeconds(now - heardAt));
            steadySince = now;
        }
        heardAt = now;
    }
}
