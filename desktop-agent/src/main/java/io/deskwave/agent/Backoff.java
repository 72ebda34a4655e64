package io.deskwave.agent;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next try: full jitter, so that a fleet that lost its control plane at one instant does not
 * come back at one instant. An immutable value; a session that lived long enough starts over from {@link #START}.
 */
record Backoff(int failures) {
    static final Backoff START = new Backoff(0);
    static final Duration BASE = Duration.ofMillis(500);
    static final Duration CAP = Duration.ofSeconds(60);
    static final Duration PROVEN_AFTER = Duration.ofSeconds(30);

    private static final int MAX_DOUBLINGS = 20; // far beyond the cap, far below an overflow

    Backoff next() {
        return new Backoff(Math.min(failures + 1, MAX_DOUBLINGS));
    }

    /** What follows on a session that lived so long. */
    Backoff afterSessionOf(Duration lifetime) {
        return lifetime.compareTo(PROVEN_AFTER) >= 0 ? START : next();
    }

    long ceilingMillis() {
        return Math.min(CAP.toMillis(), BASE.toMillis() << failures);
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
