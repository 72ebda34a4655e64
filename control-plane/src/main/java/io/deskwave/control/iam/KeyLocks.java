package io.deskwave.control.iam;

import io.deskwave.control.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Locks an access key for a while after wrong signatures in a row. Who knows no more than the key's name must not be able to
 * keep its owner out: the lock is for the address that the wrong ones came from. Those from all addresses add up to a lock for
 * every address from which no good signature of the key came lately. A good one ends all counting. Behind a proxy that hides
 * the addresses everybody has the same one. Remembers a bounded number of keys. Safe for all threads.
 */
final class KeyLocks {
    static final int WRONG_IN_A_ROW = 5;
    static final int WRONG_FROM_ANYWHERE = 200;
    static final Duration LOCKED = Duration.ofMinutes(5);
    static final Duration TRUSTED = Duration.ofHours(24);
    private static final int MOST_KEYS = 10_000;

    private record Place(String accessKey, String address) {}

    private record Count(int wrong, Instant lockedUntil) {
        static final Count NONE = new Count(0, Instant.EPOCH);

        Count oneMore(int most, Instant now) {
            return wrong + 1 < most ? new Count(wrong + 1, lockedUntil) : new Count(0, now.plus(LOCKED));
        }
    }

    private final InstantSource clock;
    private final Latest<Place, Count> here = new Latest<>(MOST_KEYS);
    private final Latest<String, Count> anywhere = new Latest<>(MOST_KEYS);
    private final Latest<Place, Instant> good = new Latest<>(MOST_KEYS);

    KeyLocks(InstantSource clock) {
        this.clock = clock;
    }

    /** Fails with {@link ApiException.Unauthorized} while the key is locked for the address. */
    synchronized void check(String accessKey, String address) {
        Instant now = clock.instant();
        Place place = new Place(accessKey, address);
        refuseUntil(here.getOrDefault(place, Count.NONE).lockedUntil(), now);
        if (!good.getOrDefault(place, Instant.MIN).isAfter(now.minus(TRUSTED))) {
            refuseUntil(anywhere.getOrDefault(accessKey, Count.NONE).lockedUntil(), now);
        }
    }

    synchronized void wrong(String accessKey, String address) {
        Instant now = clock.instant();
        here.compute(new Place(accessKey, address), (place, old) -> (old == null ? Count.NONE : old)
                .oneMore(WRONG_IN_A_ROW, now));
        anywhere.compute(accessKey, (key, old) -> (old == null ? Count.NONE : old).oneMore(WRONG_FROM_ANYWHERE, now));
    }

    synchronized void right(String accessKey, String address) {
        Place place = new Place(accessKey, address);
        here.remove(place);
        anywhere.remove(accessKey);
        good.put(place, clock.instant());
    }

    private static void refuseUntil(Instant until, Instant now) {
        if (now.isBefore(until)) {
            throw new ApiException.Unauthorized(
                    "Incorrect IAM authentication information: AK access failed to reach the"
                            + " limit, forbidden: too many wrong signatures in a row; check the secret key and try again in "
                            + (Duration.between(now, until).toSeconds() + 1) + " seconds");
        }
    }
}
