package io.deskwave.agent;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.Charset;
import java.util.concurrent.Callable;

/**
 * What every run needs of its surroundings.
 *
 * @param bootId of the machine itself, also where power is simulated
 * @param console what programs print in where it is not UTF-8
 */
record RunTools(Vertx vertx, Journal journal, Outbox outbox, Charset console, String bootId, Watcher watcher) {

    /** Learns of what the runs have in common: room on the disk. */
    interface Watcher {
        void ended(ScriptRun run);

        void gone(ScriptRun run);
    }

    /** On a worker; each run has at most one such piece of work at a time. */
    <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }
}
