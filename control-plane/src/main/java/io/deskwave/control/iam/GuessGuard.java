package io.deskwave.control.iam;

import io.deskwave.control.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Slows down who guesses passwords: after a few wrong ones a name has to wait, longer each time. Remembers a bounded number
 * of names, the latest ones. Safe for all threads.
 */
final class GuessGuard {
    static final int FREE_GUESSES = 5;
    private static final int LONGEST_WAIT_SECONDS = 60;
    private static final int MOST_NAMES = 10_000;
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);

    private record Guesses(int wrong, Instant last) {
        Instant freeAt() {
            int over = wrong - FREE_GUESSES;
            return over < 0 ? last : last.plusSeconds(Math.min(LONGEST_WAIT_SECONDS, 1L << Math.min(over, 6)));
        }
    }

    private final InstantSource clock;
    private final Map<String, Guesses> guesses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Guesses> eldest) {
            return size() > MOST_NAMES;
        }
    };

    GuessGuard(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void check(String name) {
        Guesses so = guesses.get(name);
        Instant now = clock.instant();
        if (so != null && now.isBefore(so.freeAt())) {
            long seconds = Math.max(1, Duration.between(now, so.freeAt()).toSeconds() + 1);
            throw new ApiException.Unauthorized(
                    "too many wrong passwords for this user: try again in " + seconds + " seconds");
        }
    }

    synchronized void wrong(String name) {
        Instant now = clock.instant();
        guesses.merge(
                name,
                new Guesses(1, now),
                (old, one) -> isForgotten(old, now) ? one : new Guesses(old.wrong() + 1, now));
    }

    synchronized void right(String name) {
        guesses.remove(name);
    }

    private static boolean isForgotten(Guesses old, Instant now) {
        return old.last().plus(FORGOTTEN_AFTER).isBefore(now);
    }
}
