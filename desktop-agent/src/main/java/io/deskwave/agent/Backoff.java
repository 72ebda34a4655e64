package io.deskwave.agent;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next try: full jitter, so that a fleet that lost its control plane at one instant does not
 * come back at one instant. Nobody waits longer than it has lasted so far: after a short outage all are back shortly. An
 * immutable value; a session that lived long enough starts over from {@link #START}.
 *
 * @param outage from the end of the last session that lived long enough to the last failure
 */
record Backoff(int failures, Duration outage) {
    static final Backoff START = new Backoff(0, Duration.ZERO);
    static final Duration BASE = Duration.ofMillis(500);
    /** The outage bounds no wait below this: the first seconds are not for hammering. */
    static final Duration SHORT = Duration.ofSeconds(2);

    static final Duration CAP = Duration.ofSeconds(60);
    static final Duration PROVEN_AFTER = Duration.ofSeconds(30);

    private static final int MAX_DOUBLINGS = 20; // far beyond the cap, far below an overflow

    /** @param lasted as {@link #outage} */
    Backoff next(Duration lasted) {
        return new Backoff(Math.min(failures + 1, MAX_DOUBLINGS), lasted);
    }

    /** What follows on a session that lived so long. */
    Backoff afterSessionOf(Duration lifetime, Duration lasted) {
        return isProven(lifetime) ? START : next(lasted);
    }

    static boolean isProven(Duration lifetime) {
        return lifetime.compareTo(PROVEN_AFTER) >= 0;
    }

    long ceilingMillis() {
        long bound = Math.max(SHORT.toMillis(), outage.toMillis());
        return Math.min(Math.min(CAP.toMillis(), bound), BASE.toMillis() << failures);
    }

    /** Between 1 and the ceiling. */
    long delayMillis(RandomGenerator random) {
        return 1 + random.nextLong(ceilingMillis());
    }

    /** When it was told, plus up to half of that, so that those who were told the same spread out. */
    long delayMillis(RandomGenerator random, @Nullable Long toldMillis) {
        return toldMillis == null || toldMillis < 0
                ? delayMillis(random)
                : toldMillis + random.nextLong(Math.max(1, toldMillis / 2));
    }
}
