package io.deskwave.control.e2e;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Polls a condition until it holds or its time is up. */
final class Eventually {
    private static final Duration PAUSE = Duration.ofMillis(25);

    private Eventually() {}

    static <T> T get(int seconds, Supplier<@Nullable T> look, Supplier<String> complaint) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (true) {
            T found = look.get();
            if (found != null) {
                return found;
            }
            if (System.nanoTime() > until) {
                throw new AssertionError("not within " + seconds + " s: " + complaint.get());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    static void holds(int seconds, Supplier<Boolean> condition, Supplier<String> complaint) {
        boolean held = get(seconds, () -> condition.get() ? true : null, complaint);
        assert held;
    }
}
