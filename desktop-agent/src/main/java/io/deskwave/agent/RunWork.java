package io.deskwave.agent;

import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * The blocking work of one run, one piece at a time; knows whether the run still wants to hear of it. Event loop.
 */
final class RunWork {
    /** Hears how a piece of work ended where the one who asked for it does not. */
    interface Owner {
        void failed(Throwable cause);

        /** It was forgotten, and nothing is under way. */
        void vanish();

        /** Somebody was turned away while it was busy. */
        void wake();
    }

    private final RunTools tools;
    private final Owner owner;
    private boolean busy;
    private boolean again;
    private boolean forgotten;
    private boolean closed;

    RunWork(RunTools tools, Owner owner) {
        this.tools = tools;
        this.owner = owner;
    }

    boolean isBusy() {
        return busy;
    }

    /** Whether there may be a next piece; who is turned away is woken later. */
    boolean mayGoOn() {
        again |= busy;
        return !busy && !forgotten && !closed;
    }

    boolean isForgotten() {
        return forgotten;
    }

    /** Nobody waits for the run any more. */
    void forget() {
        if (!forgotten) {
            forgotten = true;
            if (!busy) {
                owner.vanish();
            }
        }
    }

    void close() {
        closed = true;
    }

    /** The work on a worker, then what follows it. */
    <T> void run(Callable<T> work, Consumer<T> then) {
        busy = true;
        var unused = tools.blocking(work).onComplete(result -> {
            busy = false;
            if (closed) {
                return;
            }
            if (forgotten) {
                owner.vanish();
            } else if (result.succeeded()) {
                then.accept(result.result());
            } else {
                owner.failed(result.cause());
            }
            if (again && !busy) {
                again = false;
                owner.wake();
            }
        });
    }
}
