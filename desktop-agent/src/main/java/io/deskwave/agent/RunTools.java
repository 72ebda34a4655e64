package io.deskwave.agent;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.Charset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * What every run needs of its surroundings. Event loop.
 *
 * @param bootId of the machine itself, also where power is simulated
 * @param console what programs print in where it is not UTF-8
 * @param pending the blocking work that is under way
 */
record RunTools(
        Vertx vertx,
        Journal journal,
        Outbox outbox,
        Charset console,
        String bootId,
        Watcher watcher,
        Set<Future<?>> pending) {

    RunTools(Vertx vertx, Journal journal, Outbox outbox, Charset console, String bootId, Watcher watcher) {
        this(vertx, journal, outbox, console, bootId, watcher, new HashSet<>());
    }

    /** Learns of what the runs have in common: room on the disk. */
    interface Watcher {
        void ended(ScriptRun run);

        void gone(ScriptRun run);

        /** The reason of an outcome, with what else is to be told. */
        String toldWith(AttemptId id, String reason);

        /** The files of one that is gone were set apart. */
        void removed();
    }

    /** On a worker; each run has at most one such piece of work at a time. */
    <T> Future<T> blocking(Callable<T> work) {
        Future<T> future = vertx.executeBlocking(work, false);
        pending.add(future);
        return future.onComplete(ignored -> pending.remove(future));
    }

    /** Completes when the work under way is done, or soon. */
    Future<Void> drained() {
        return pending.isEmpty()
                ? Future.succeededFuture()
                : Future.join(List.copyOf(pending))
                        .timeout(2, TimeUnit.SECONDS)
                        .<Void>mapEmpty()
                        .otherwiseEmpty();
    }
}
