package io.deskwave.control.agent;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets so many in at once, and tells each of the others when to come back: one after the other, at the rate at which those
 * inside get done. So a fleet that comes at one instant is served as a stream, and a node that is slow today is asked less
 * often. Used on one event loop.
 */
final class Admission {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    /** Long enough to count a few groups. */
    private static final long MEASURE_NANOS = SECOND / 2;
    /** Nobody was refused for so long: what was done meanwhile says nothing of what can be done. */
    private static final long QUIET_NANOS = 2 * SECOND;

    /** A node that has just begun is slow, and what it does then says nothing of what it will do. */
    private static final long WARM_UP_NANOS = 5 * SECOND;

    /** Whoever is told to come back later than that waits longer than the worst that a try costs. */
    private static final double SLOWEST_PER_SECOND = 1500;

    private static final double FASTEST_PER_SECOND = 10_000;
    private static final long SOONEST_MILLIS = 200;
    /** Also the cap of an agent's own back-off. */
    private static final long LATEST_MILLIS = 60_000;
    /** An agent adds up to half of what it is told, so that those who were told the same spread out. */
    private static final double SHARE_TOLD = 0.8;

    private final int places;
    private final LongSupplier nanoTime;
    private final long beganAt;
    private int inside;
    private final double slowestPerSecond;
    private double perSecond;
    private long done;
    private long measuredAt;
    private long lastRefusedAt;
    private long bookedUntil;

    /**
     * @param places    on a node
     * @param perSecond how many get done on it, until that is measured
     * @param loops     that share both: this is one's part
     */
    Admission(int places, double perSecond, int loops, LongSupplier nanoTime) {
        this.places = places / loops;
        this.perSecond = perSecond / loops;
        this.slowestPerSecond = SLOWEST_PER_SECOND / loops;
        this.nanoTime = nanoTime;
        long now = nanoTime.getAsLong();
        this.beganAt = now;
        this.measuredAt = now;
        this.lastRefusedAt = now - QUIET_NANOS;
        this.bookedUntil = now;
    }

    /** Whether there was a place; who got one gives it back with {@link #leave}. */
    boolean enter() {
        if (inside >= places) {
            return false;
        }
        inside++;
        return true;
    }

    void leave() {
        inside--;
        done++;
    }

    /** When who is refused now should come back: each gets a time of its own. */
    long retryAfterMillis() {
        long now = nanoTime.getAsLong();
        measure(now);
        long earliest = Math.max(bookedUntil - now, 0);
        long latest = TimeUnit.MILLISECONDS.toNanos(LATEST_MILLIS);
        long mine = (long) (earliest + SECOND / perSecond);
        if (mine > latest) {
            mine = SECOND; // more than can be served in a minute: the round begins anew
        }
        bookedUntil = now + mine;
        return Math.max(SOONEST_MILLIS, (long) (SHARE_TOLD * TimeUnit.NANOSECONDS.toMillis(mine)));
    }

    private void measure(long now) {
        if (now - beganAt < WARM_UP_NANOS || now - lastRefusedAt >= QUIET_NANOS) {
            measuredAt = now;
            done = 0;
        } else if (now - measuredAt >= MEASURE_NANOS) {
            double measured = done * (double) SECOND / (now - measuredAt);
            perSecond = Math.min(FASTEST_PER_SECOND, Math.max(slowestPerSecond, (perSecond + measured) / 2));
            measuredAt = now;
            done = 0;
        }
        lastRefusedAt = now;
    }
}
