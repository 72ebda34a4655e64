package io.deskwave.agent;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time at the control plane: that of the last welcome and what has passed since then. This machine's own clock may be wrong, and
 * one that only counts may stand still while the machine sleeps: the one that went further counts. Event loop.
 */
final class ServerTime {
    private final InstantSource clock;
    private final LongSupplier nanos;
    private Instant told = Instant.MAX;
    private Instant toldAt = Instant.MAX;
    private long toldAtNanos;

    ServerTime() {
        this(InstantSource.system(), System::nanoTime);
    }

    ServerTime(InstantSource clock, LongSupplier nanos) {
        this.clock = clock;
        this.nanos = nanos;
    }

    void told(Instant serverTime) {
        told = serverTime;
        toldAt = clock.instant();
        toldAtNanos = nanos.getAsLong();
    }

    /** The far future before the first welcome. */
    Instant now() {
        if (told.equals(Instant.MAX)) {
            return told;
        }
        Duration counted = Duration.ofNanos(nanos.getAsLong() - toldAtNanos);
        Duration shown = Duration.between(toldAt, clock.instant());
        return told.plus(shown.compareTo(counted) > 0 ? shown : counted);
    }
}
