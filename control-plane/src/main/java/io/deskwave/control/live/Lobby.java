package io.deskwave.control.live;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** So many at once and no more. Safe for all threads. */
final class Lobby {
    private final int most;
    private final AtomicInteger inside = new AtomicInteger();

    Lobby(int most) {
        this.most = most;
    }

    /** How to leave, where a second time does nothing; empty when there is no room. */
    Optional<Runnable> enter() {
        if (inside.incrementAndGet() > most) {
            inside.decrementAndGet();
            return Optional.empty();
        }
        AtomicBoolean left = new AtomicBoolean();
        return Optional.of(() -> {
            if (left.compareAndSet(false, true)) {
                inside.decrementAndGet();
            }
        });
    }
}
