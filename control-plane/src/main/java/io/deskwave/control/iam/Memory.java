package io.deskwave.control.iam;

import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a node remembers of who comes: wrong passwords and signatures, good signatures that were used, and what users may do. One for
 * all event loops of the node, so that nobody gets more guesses by being served by another. Safe for all threads.
 */
public final class Memory {
    private final Passwords passwords;
    private final GuessGuard guesses;
    private final KeyLocks locks;
    private final SeenSignatures seen = new SeenSignatures();
    private final List<Grants> grants = new CopyOnWriteArrayList<>();

    public Memory(Vertx vertx, InstantSource clock) {
        this.passwords = new Passwords(vertx);
        this.guesses = new GuessGuard(clock);
        this.locks = new KeyLocks(clock);
    }

    Passwords passwords() {
        return passwords;
    }

    GuessGuard guesses() {
        return guesses;
    }

    KeyLocks locks() {
        return locks;
    }

    SeenSignatures seen() {
        return seen;
    }

    /** One event loop's: a Future belongs to the loop that it was made on. */
    void keep(Grants ofOneLoop) {
        grants.add(ofOneLoop);
    }

    /** Somebody may do something else from now on. */
    void forgetGrants() {
        grants.forEach(Grants::forget);
    }
}
