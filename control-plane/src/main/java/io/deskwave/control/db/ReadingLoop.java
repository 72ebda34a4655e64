package io.deskwave.control.db;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An event loop with connections of its own, for what callers read: each answer of PostgreSQL would otherwise wait for what
 * thousands of agents have said meanwhile. What is read here shares nothing with the other loop but the rows.
 */
public final class ReadingLoop {
    private static final int CONNECTIONS = 8;
    private static final int TRIES = 4;

    private final Vertx vertx;
    private final @Nullable Context loop;
    private final Database database;

    private ReadingLoop(Vertx vertx, @Nullable Context loop, Database database) {
        this.vertx = vertx;
        this.loop = loop;
        this.database = database;
    }

    public static Future<ReadingLoop> open(Vertx vertx, PgConnectOptions connect) {
        return besides(vertx, Thread.currentThread(), TRIES)
                .map(loop -> new ReadingLoop(vertx, loop, Database.open(vertx, connect, CONNECTIONS)));
    }

    /** Reads where it is asked, on the connections of everybody. */
    public static ReadingLoop here(Vertx vertx, Database database) {
        return new ReadingLoop(vertx, null, database);
    }

    /**
     * Loops are dealt in turn to threads that are none of theirs, so that the next is another one, except on a machine that has
     * one only. No verticle: it would be ended before those who still read.
     */
    private static Future<Context> besides(Vertx vertx, Thread mine, int tries) {
        Context caller = vertx.getOrCreateContext();
        Promise<Optional<Context>> found = Promise.promise();
        var asker = new Thread(
                () -> {
                    Context next = vertx.getOrCreateContext();
                    next.runOnContext(now -> {
                        boolean another = Thread.currentThread() != mine || tries == 1;
                        caller.runOnContext(
                                back -> found.complete(Optional.of(next).filter(loop -> another)));
                    });
                },
                "reading-loop");
        asker.start();
        return found.future()
                .compose(loop -> loop.map(Future::succeededFuture).orElseGet(() -> besides(vertx, mine, tries - 1)));
    }

    /** For what is read here, and for that alone. */
    public Database database() {
        return database;
    }

    /** Does it there; the answer comes back to the caller's loop. */
    public <T> Future<T> read(Supplier<Future<T>> work) {
        if (loop == null) {
            return work.get();
        }
        Context caller = vertx.getOrCreateContext();
        Promise<T> answer = Promise.promise();
        loop.runOnContext(now -> Future.succeededFuture()
                .compose(there -> work.get())
                .onComplete(done -> caller.runOnContext(back -> {
                    if (done.succeeded()) {
                        answer.complete(done.result());
                    } else {
                        answer.fail(done.cause());
                    }
                })));
        return answer.future();
    }

    public Future<Void> close() {
        return loop == null ? Future.succeededFuture() : database.close();
    }
}
