package io.deskwave.control.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections to PostgreSQL. Stores take a {@link SqlClient}, so that they work inside and outside a transaction. With
 * the database away or overloaded, calls fail within seconds rather than hang; {@link #isUnavailable} tells such failures.
 */
public final class Database {
    /** Statements on their way on one connection. Measured: 56-74 thousand a second, against 10-17 at 1. */
    private static final int PIPELINE = 64;

    private static final int CONNECT_MILLIS = 5_000;
    private static final int SILENT_MILLIS = 15_000;
    private static final int WAIT_FOR_CONNECTION_SECONDS = 5;
    /** More than a pool can serve within the wait. */
    private static final int LONGEST_QUEUE = 10_000;

    private static final int IDLE_SECONDS = 600;

    /**
     * A connection that is asked something and says nothing for so long is broken: a server that was frozen, or a machine
     * that is gone. Longer than any statement may take.
     */
    private static final int SILENT_SECONDS = 40;

    private static final int NEVER = 0;
    private static final int PATIENT_CONNECTIONS = 4;
    private static final int PREPARED_STATEMENTS = 512;

    /**
     * What a statement begins with that is planned for the values of each call, and not kept: a list, where the plan that
     * is right for one filter's value is a scan of everything for another's.
     */
    public static final String PLANNED_EACH_TIME = "/* planned each time */ ";

    /** What every session is set to, unless the URL says otherwise. */
    private static final Map<String, String> SESSION = Map.of(
            "application_name", "deskwave",
            "TimeZone", "UTC",
            "statement_timeout", "30s",
            // A queue is empty at one moment and full at the next: a plan made for the one is quadratic for the other.
            "plan_cache_mode", "force_custom_plan",
            // Statements here are short: compiling one takes longer than running it.
            "jit", "off",
            // Nobody keeps this on a turning disk; as if, thousands of rows are found by reading the whole history.
            "random_page_cost", "1.1",
            // A node that froze in mid-transaction must not hold its locks against the others.
            "idle_in_transaction_session_timeout", "15s");

    private final Pool pool;
    private final Listener listener;

    private Database(Pool pool, Listener listener) {
        this.pool = pool;
        this.listener = listener;
    }

    /** Opens no connection yet. */
    public static Database open(Vertx vertx, PgConnectOptions connect, int connections) {
        return open(vertx, connect, connections, SILENT_SECONDS);
    }

    /**
     * For work before anything is served whose statements take as long as the database is large, and whose transactions wait
     * for each other: here nothing is taken for broken because it is slow or says nothing.
     */
    public static Database openPatient(Vertx vertx, PgConnectOptions connect, String name) {
        PgConnectOptions patient = new PgConnectOptions(connect)
                .addProperty("application_name", name)
                .addProperty("statement_timeout", "2h")
                .addProperty("idle_in_transaction_session_timeout", "0");
        return open(vertx, patient, PATIENT_CONNECTIONS, NEVER);
    }

    static Database open(Vertx vertx, PgConnectOptions connect, int connections, int silentSeconds) {
        PgConnectOptions session = session(connect);
        Pool pool = PgBuilder.pool()
                .connectingTo(session)
                .with(new PoolOptions()
                        .setMaxSize(connections)
                        .setMaxWaitQueueSize(LONGEST_QUEUE)
                        .setConnectionTimeout(WAIT_FOR_CONNECTION_SECONDS)
                        .setConnectionTimeoutUnit(TimeUnit.SECONDS)
                        .setIdleTimeout(IDLE_SECONDS)
                        .setIdleTimeoutUnit(TimeUnit.SECONDS))
                .with(new NetClientOptions()
                        .setConnectTimeout(CONNECT_MILLIS)
                        .setReadIdleTimeout(silentSeconds)
                        .setTcpKeepAlive(true)
                        // A server that vanished says nothing: without this the kernel tries for a quarter of an hour.
                        .setTcpUserTimeout(SILENT_MILLIS)
                        .setTcpNoDelay(true))
                .using(vertx)
                .build();
        return new Database(pool, new Listener(vertx, session));
    }

    private static PgConnectOptions session(PgConnectOptions connect) {
        PgConnectOptions session = new PgConnectOptions(connect)
                .setPipeliningLimit(PIPELINE)
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheMaxSize(PREPARED_STATEMENTS)
                .setPreparedStatementCacheSqlLimit(16 * 1024)
                .setPreparedStatementCacheSqlFilter(sql -> !sql.startsWith(PLANNED_EACH_TIME));
        Map<String, String> asked = connect.getProperties();
        Map<String, String> unasked = PgConnectOptions.DEFAULT_PROPERTIES;
        SESSION.forEach((name, value) -> {
            if (!asked.containsKey(name) || asked.get(name).equals(unasked.get(name))) {
                session.addProperty(name, value);
            }
        });
        return session;
    }

    /** For single statements. */
    public SqlClient client() {
        return pool;
    }

    /** Succeeds when the database answers. */
    public Future<Void> ping() {
        return pool.query("SELECT 1").execute().mapEmpty();
    }

    /** What its clock says. */
    Future<Instant> now() {
        return now(pool);
    }

    /** What the database's clock says, at this moment also in the midst of a transaction. */
    public static Future<Instant> now(SqlClient sql) {
        return sql.preparedQuery("SELECT clock_timestamp()")
                .execute()
                .map(rows -> rows.iterator().next().getOffsetDateTime(0).toInstant());
    }

    /**
     * Statements that write rows with foreign keys, in a transaction: the check of a key is a statement too, one for each row,
     * and making its plan anew takes several times as long as the check. The statements themselves may be planned once and for
     * all then, so they should name the rows that they touch. Nothing is scanned: a plan that is right for a small table would
     * stay when it has grown.
     */
    public static <T> Future<T> withPlansKept(SqlConnection tx, Supplier<Future<T>> work) {
        return tx.query("SET LOCAL plan_cache_mode = auto; SET LOCAL enable_seqscan = off")
                .execute()
                .compose(set -> work.get())
                .compose(done -> tx.query("SET LOCAL plan_cache_mode = DEFAULT; SET LOCAL enable_seqscan = DEFAULT")
                        .execute()
                        .map(done));
    }

    /** Commits when the work's Future succeeds, rolls back when it fails. */
    public <T> Future<T> inTransaction(Function<SqlConnection, Future<T>> work) {
        return pool.withTransaction(work);
    }

    /** The same, and once more when it lost a deadlock: then it did nothing. */
    public <T> Future<T> inTransactionAgain(Function<SqlConnection, Future<T>> work) {
        return inTransaction(work)
                .recover(failure -> isDeadlock(failure) ? inTransaction(work) : Future.failedFuture(failure));
    }

    /**
     * Hears what {@code NOTIFY channel} sends. Notifications are lost while the connection is: {@code resubscribed} runs
     * whenever it is (back) in place, the first time included; what it then reads misses nothing. Both run on an event
     * loop. One listener a channel.
     */
    public void listen(String channel, Consumer<String> payload, Runnable resubscribed) {
        listener.listen(channel, payload, resubscribed);
    }

    /** Sends each payload, of less than 8,000 bytes, to those who {@link #listen}: in a transaction, when it commits. */
    public static Future<Void> announce(SqlClient client, String channel, List<String> payloads) {
        if (payloads.isEmpty()) {
            return Future.succeededFuture();
        }
        return client.preparedQuery("SELECT pg_notify($1, $2)")
                .executeBatch(payloads.stream()
                        .map(payload -> Tuple.of(channel, payload))
                        .toList())
                .mapEmpty();
    }

    public Future<Void> close() {
        listener.close();
        return pool.close();
    }

    /** Whether PostgreSQL ended a transaction in favour of another one: doing it again helps. */
    public static boolean isDeadlock(@Nullable Throwable failure) {
        return failure instanceof PgException refused
                && ("40P01".equals(refused.getSqlState()) || "40001".equals(refused.getSqlState()));
    }

    /** Whether a failure means "the database is away or has no room", and not "the statement is wrong". */
    public static boolean isUnavailable(@Nullable Throwable failure) {
        return isAway(failure) || isState(failure, Database::isOverloaded);
    }

    /** Whether PostgreSQL had no room on its disk for what was to be written. */
    public static boolean isDiskFull(@Nullable Throwable failure) {
        return isState(failure, "53100"::equals);
    }

    /** Whether a failure means that the database cannot be reached now, whatever it is asked. */
    public static boolean isAway(@Nullable Throwable failure) {
        if (isState(failure, Database::isShut)) {
            return true;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ClosedConnectionException
                    || cause instanceof ConnectionPoolTooBusyException
                    || cause instanceof TimeoutException
                    || cause instanceof SocketException
                    || cause instanceof UnknownHostException
                    || isNamelessFault(cause)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isState(@Nullable Throwable failure, Predicate<String> which) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException pg) {
                return which.test(String.valueOf(pg.getSqlState()));
            }
        }
        return false;
    }

    /**
     * Faults that come as types of nobody: the pool's time-out in its two wordings, a connection that ended between two
     * statements of a transaction, and a reset found by the native transport.
     */
    private static boolean isNamelessFault(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return message.equals("Timeout")
                || message.equals("Timeout waiting for connection")
                || message.startsWith("Connection is not active now")
                || message.contains("Connection reset");
    }

    /** Connection failures; shut down or starting; a standby that was ours. */
    private static boolean isShut(String state) {
        return state.startsWith("08") || state.startsWith("57P0") || state.equals("25006");
    }

    /** Cancelled by a time-out; out of resources. */
    private static boolean isOverloaded(String state) {
        return state.equals("57014") || state.startsWith("53") || state.equals("25P03");
    }
}
