package io.deskwave.control.execution;

import java.time.Duration;
import java.time.Instant;

/**
 * How long history is kept, counted from the end of a task. 0 keeps for ever, and as much as there is.
 *
 * @param recordDays tasks with all that belongs to them
 * @param outputDays what scripts wrote
 * @param outputGigabytes of output at most (10^9 bytes): above it that of the oldest tasks goes first
 */
public record Retention(int recordDays, int outputDays, int outputGigabytes) {
    public static final Retention USUAL = new Retention(90, 30, 0);

    public Retention {
        if (recordDays < 0 || outputDays < 0 || outputGigabytes < 0) {
            throw new IllegalArgumentException("retention must not be negative");
        }
    }

    /** What ended before this is not kept. */
    public Instant recordsBefore(Instant now) {
        return before(now, recordDays);
    }

    Instant outputBefore(Instant now) {
        return before(now, outputDays);
    }

    long outputBytes() {
        return outputGigabytes * 1_000_000_000L;
    }

    private static Instant before(Instant now, int days) {
        return days == 0 ? Instant.EPOCH : now.minus(Duration.ofDays(days));
    }
}
