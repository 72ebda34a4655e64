package io.deskwave.control.iam;

import io.deskwave.control.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Slows down who guesses passwords: after a few wrong ones from one address a name has to wait there, longer each time. The
 * same name can still be used from elsewhere, until the wrong ones from all addresses together are many. An attempt counts
 * from its beginning, so that many at once are no way around; an address has few open at once, whatever the names, so that
 * it leaves room for the others. Remembers a bounded number of names, the latest ones. Safe for
 * all threads.
 */
final class GuessGuard {
    static final int FREE_GUESSES = 5;
    static final int FREE_GUESSES_FROM_ANYWHERE = 100;
    /** Programs of one machine may well log in at the same time, with the right password. */
    static final int MOST_AT_ONCE = 8;

    private static final int RETRY_SECONDS = 1;
    private static final int LONGEST_WAIT_SECONDS = 60;
    private static final int MOST_NAMES = 10_000;
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);

    private record Key(String name, String address) {}

    private record Guesses(int wrong, int open, Instant last) {
        static final Guesses NONE = new Guesses(0, 0, Instant.EPOCH);

        Instant freeAt(int free) {
            int over = wrong - free;
            return over < 0 ? last : last.plusSeconds(Math.min(LONGEST_WAIT_SECONDS, 1L << Math.min(over, 6)));
        }

        /** Who was wrong before gets no more at once than there are guesses left. */
        int mostAtOnce() {
            return wrong == 0 ? MOST_AT_ONCE : Math.max(1, FREE_GUESSES - wrong);
        }

        Guesses opened(int change) {
            return new Guesses(wrong, Math.max(0, open + change), last);
        }
    }

    private final InstantSource clock;
    private final Latest<Key, Guesses> here = new Latest<>(MOST_NAMES);
    private final Latest<String, Guesses> anywhere = new Latest<>(MOST_NAMES);
    private final Map<String, Integer> openFrom = new HashMap<>();

    GuessGuard(InstantSource clock) {
        this.clock = clock;
    }

    /** One password that is being looked at. Must be ended, by exactly one of its methods. */
    final class Attempt {
        private final Key key;

        private Attempt(Key key) {
            this.key = key;
        }

        void right() {
            synchronized (GuessGuard.this) {
                close();
                // The others that are open stay counted.
                here.computeIfPresent(
                        key, (k, old) -> old.open() <= 1 ? null : new Guesses(0, old.open() - 1, old.last()));
                anywhere.remove(key.name());
            }
        }

        void wrong() {
            synchronized (GuessGuard.this) {
                close();
                Instant now = clock.instant();
                here.merge(key, new Guesses(1, 0, now), (old, one) -> oneMore(old.opened(-1), now));
                anywhere.merge(key.name(), new Guesses(1, 0, now), (old, one) -> oneMore(old, now));
            }
        }

        private void close() {
            openFrom.computeIfPresent(key.address(), (address, open) -> open <= 1 ? null : open - 1);
        }

        /** Nobody knows: the check itself failed. */
        void undecided() {
            synchronized (GuessGuard.this) {
                close();
                here.computeIfPresent(key, (k, old) -> old.wrong() == 0 && old.open() <= 1 ? null : old.opened(-1));
            }
        }
    }

    /** Fails with {@link ApiException.Unauthorized} or {@link ApiException.Unavailable} when it is too early for another one. */
    synchronized Attempt begin(String name, String address) {
        Key key = new Key(name, address);
        Guesses so = here.getOrDefault(key, Guesses.NONE);
        refuseBefore(so.freeAt(FREE_GUESSES));
        refuseBefore(anywhere.getOrDefault(name, Guesses.NONE).freeAt(FREE_GUESSES_FROM_ANYWHERE));
        if (so.open() >= so.mostAtOnce()) {
            throw new ApiException.Unavailable("too many logins of this user at this moment: try again", RETRY_SECONDS);
        }
        if (openFrom.getOrDefault(address, 0) >= MOST_AT_ONCE) {
            throw new ApiException.Unavailable(
                    "too many logins from this address at this moment: try again", RETRY_SECONDS);
        }
        here.put(key, so.opened(1));
        openFrom.merge(address, 1, Integer::sum);
        return new Attempt(key);
    }

    private void refuseBefore(Instant freeAt) {
        Instant now = clock.instant();
        if (now.isBefore(freeAt)) {
            long seconds = Math.max(1, Duration.between(now, freeAt).toSeconds() + 1);
            throw new ApiException.Unauthorized(
                    "too many wrong passwords for this user: try again in " + seconds + " seconds");
        }
    }

    private static Guesses oneMore(Guesses old, Instant now) {
        boolean forgotten = old.last().plus(FORGOTTEN_AFTER).isBefore(now);
        return new Guesses(forgotten ? 1 : old.wrong() + 1, old.open(), now);
    }
}
