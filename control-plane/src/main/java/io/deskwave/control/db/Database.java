package io.deskwave.control.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Function;

/** The connections to PostgreSQL. Stores take a {@link SqlClient}, so that they work inside and outside a transaction. */
public final class Database {
    private final Pool pool;

    private Database(Pool pool) {
        this.pool = pool;
    }

    public static Database open(Vertx vertx, PgConnectOptions connect, int connections) {
        return new Database(PgBuilder.pool()
                .connectingTo(connect)
                .with(new PoolOptions().setMaxSize(connections))
                .using(vertx)
                .build());
    }

    /** For single statements. */
    public SqlClient client() {
        return pool;
    }

    /** Commits when the work's Future succeeds, rolls back when it fails. */
    public <T> Future<T> inTransaction(Function<SqlConnection, Future<T>> work) {
        return pool.withTransaction(work);
    }

    public Future<Void> close() {
        return pool.close();
    }
}
