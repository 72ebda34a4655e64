package io.deskwave.control.db;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An event loop with connections of its own, for what callers read: each answer of PostgreSQL would otherwise wait for what
 * thousands of agents have said meanwhile. What is read here shares nothing with the other loop but the rows.
 */
public final class ReadingLoop {
    private static final int CONNECTIONS = 4;
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

    private static final class Other extends VerticleBase {
        private @Nullable Thread thread;

        @Override
        public Future<?> start() {
            thread = Thread.currentThread();
            return Future.succeededFuture();
        }

        Context context() {
            return context;
        }
    }

    /** Loops are dealt in turn, so that the next is another one, except on a machine that has one only. */
    private static Future<Context> besides(Vertx vertx, Thread mine, int tries) {
        var other = new Other();
        return vertx.deployVerticle(other)
                .compose(id -> mine.equals(other.thread) && tries > 1
                        ? vertx.undeploy(id).compose(gone -> besides(vertx, mine, tries - 1))
                        : Future.succeededFuture(other.context()));
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
