package io.deskwave.agent;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long a script has run, however the wall clock jumps: on Linux by the machine's uptime, which an agent that was
 * restarted reads as well; elsewhere the wall clock is asked once and only a stop watch after that. Blocking.
 */
final class RunClock {
    private static final long TICKS_PER_SECOND = 100; // of /proc, on every Linux

    private @Nullable Duration before;
    private long sinceNanos;

    synchronized Duration elapsed(JournalEntry.Birth birth) {
        if (Platform.LINUX && birth.startMark() > 0) {
            try {
                return ProcessTable.uptime().minusMillis(birth.startMark() * 1000 / TICKS_PER_SECOND);
            } catch (IOException | NumberFormatException e) {
                // the stop watch, then
            }
        }
        if (before == null) {
            Duration told = Duration.between(birth.startedAt(), Instant.now());
            before = told.isNegative() ? Duration.ZERO : told;
            sinceNanos = System.nanoTime();
        }
        return before.plusNanos(System.nanoTime() - sinceNanos);
    }
}
