package io.deskwave.control.db;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of all nodes: PostgreSQL's. A node whose own clock is an hour ahead would call everything overdue, so that clock
 * is never asked; between two answers of the database the time that passed is counted, and an answer is believed as far as it
 * was quick. {@link Pulse} tells it the answers. Any thread may ask.
 */
public final class DatabaseClock implements InstantSource {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseClock.class);
    /** Two machines' oscillators, one of which may be slewed, drift apart by less than this part. */
    private static final long DRIFT_PART = 2_000;

    private static final long WORTH_TELLING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoTime;
    private volatile @Nullable Sample known;

    /** What to add to the nanos that are counted to get those since 1970, and by how much that may be wrong. */
    private record Sample(long offset, long error, long at) {
        long errorAt(long now) {
            return error + (now - at) / DRIFT_PART;
        }
    }

    DatabaseClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The database said this at some moment between the question and the answer. */
    void learn(long askedAt, long answeredAt, Instant said) {
        long error = (answeredAt - askedAt) / 2;
        var heard = new Sample(nanos(said) - (askedAt + error), error, answeredAt);
        Sample before = known;
        if (before == null || error <= before.errorAt(answeredAt)) {
            known = heard;
            return;
        }
        long apart = heard.offset() - before.offset();
        if (Math.abs(apart) > error + before.errorAt(answeredAt)) {
            known = heard; // both were right: that clock was set, or this machine slept
            if (Math.abs(apart) > WORTH_TELLING_NANOS) {
                LOG.warn("the database's clock has moved by {} against the time counted here", Duration.ofNanos(apart));
            }
        }
    }

    /** Fails before the first answer. */
    @Override
    public Instant instant() {
        Sample sample = known;
        if (sample == null) {
            throw new IllegalStateException("the database was not asked for the time yet");
        }
        long nanos = nanoTime.getAsLong() + sample.offset();
        return Instant.EPOCH.plusNanos(nanos).truncatedTo(ChronoUnit.MICROS);
    }

    private static long nanos(Instant instant) {
        return Math.addExact(TimeUnit.SECONDS.toNanos(instant.getEpochSecond()), instant.getNano());
    }
}
