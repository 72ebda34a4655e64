package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseTest {
    private final Vertx vertx = Vertx.vertx();
    private final PgConnectOptions connect = TestDatabase.freshOptions();
    private final Database database = TestDatabase.open(vertx, connect);

    @AfterEach
    void close() throws Exception {
        database.close().await(10, TimeUnit.SECONDS);
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void rollsBackWhenTheWorkFails() throws Exception {
        Future<Void> failed = database.inTransaction(connection -> connection
                .query("INSERT INTO domains (id, name) VALUES (repeat('a', 32), 'local')")
                .execute()
                .compose(inserted -> Future.failedFuture(new IllegalStateException("changed my mind"))));

        assertThat(failed.transform(done -> Future.succeededFuture(done.failed()))
                        .await(10, TimeUnit.SECONDS))
                .isTrue();
        assertThat(TestDatabase.value(connect, "SELECT count(*) FROM domains")).isEqualTo("0");
    }

    @Test
    void hearsNotificationsOfTwoChannelsApart() {
        List<String> heard = new CopyOnWriteArrayList<>();
        AtomicInteger subscribed = new AtomicInteger();
        database.listen("one", payload -> heard.add("one:" + payload), subscribed::incrementAndGet);
        database.listen("Two", payload -> heard.add("two:" + payload), subscribed::incrementAndGet);
        Waiting.until("both subscribed", () -> subscribed.get() >= 2);

        TestDatabase.execute(connect, "NOTIFY one, 'a'", "NOTIFY \"Two\", 'b'");

        Waiting.until("both heard", () -> heard.size() == 2);
        assertThat(heard).containsExactly("one:a", "two:b");
    }

    @Test
    void announcesWhenTheTransactionCommitsAndNotWhenItRollsBack() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        AtomicInteger subscribed = new AtomicInteger();
        database.listen("ring", heard::add, subscribed::incrementAndGet);
        Waiting.until("subscribed", () -> subscribed.get() == 1);

        Future<Void> undone =
                database.inTransaction(connection -> Database.announce(connection, "ring", List.of("undone"))
                        .compose(sent -> Future.failedFuture(new IllegalStateException("changed my mind"))));
        assertThat(undone.transform(done -> Future.succeededFuture(done.failed()))
                        .await(10, TimeUnit.SECONDS))
                .isTrue();
        database.inTransaction(connection -> Database.announce(connection, "ring", List.of("one", "two")))
                .await(10, TimeUnit.SECONDS);

        Waiting.until("both heard", () -> heard.size() == 2);
        assertThat(heard).containsExactly("one", "two");
    }

    @Test
    void listensAgainAfterTheConnectionWasLostAndSaysSo() {
        List<String> heard = new CopyOnWriteArrayList<>();
        AtomicInteger subscribed = new AtomicInteger();
        database.listen("ring", heard::add, subscribed::incrementAndGet);
        Waiting.until("subscribed", () -> subscribed.get() == 1);

        TestDatabase.execute(
                connect,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        + "WHERE datname = current_database() AND pid <> pg_backend_pid()");

        Waiting.until("subscribed again", () -> subscribed.get() == 2);
        TestDatabase.execute(connect, "NOTIFY ring, 'again'");
        Waiting.until("heard", () -> heard.contains("again"));
    }

    @Test
    void goesOnListeningAfterAListenerFailed() {
        List<String> heard = new CopyOnWriteArrayList<>();
        AtomicInteger subscribed = new AtomicInteger();
        database.listen(
                "ring",
                payload -> {
                    heard.add(payload);
                    throw new IllegalStateException("a bug in a listener, thrown by this test");
                },
                subscribed::incrementAndGet);
        Waiting.until("subscribed", () -> subscribed.get() == 1);

        TestDatabase.execute(connect, "NOTIFY ring, 'first'", "NOTIFY ring, 'second'");

        Waiting.until("both heard", () -> heard.size() == 2);
    }

    @Test
    void failsRatherThanHangsWhenAllConnectionsAreBusy() throws Exception {
        Database small = Database.open(vertx, connect, 1);
        Future<Integer> busy = small.inTransaction(
                connection -> connection.query("SELECT pg_sleep(20)").execute().map(rows -> rows.size()));

        Throwable failure = small.inTransaction(
                        connection -> connection.query("SELECT 1").execute())
                .transform(done -> Future.succeededFuture(done.cause()))
                .await(15, TimeUnit.SECONDS);

        assertThat(failure).matches(Database::isUnavailable, "is unavailable");
        assertThat(busy.isComplete()).isFalse();
        TestDatabase.execute(
                connect, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'");
    }

    @Test
    void isAwayToATransactionWhoseConnectionWasEndedBetweenTwoOfItsStatements() throws Exception {
        Throwable failure = database.inTransaction(tx -> tx.query("SELECT pg_backend_pid()")
                        .execute()
                        .compose(rows -> {
                            int pid = rows.iterator().next().getInteger(0);
                            Promise<Void> closed = Promise.promise();
                            tx.closeHandler(gone -> closed.tryComplete());
                            return database.client()
                                    .preparedQuery("SELECT pg_terminate_backend($1)")
                                    .execute(Tuple.of(pid))
                                    .compose(done -> closed.future());
                        })
                        .compose(closed -> tx.query("SELECT 1").execute()))
                .transform(done -> Future.succeededFuture(done.cause()))
                .await(10, TimeUnit.SECONDS);

        assertThat(failure).matches(Database::isAway, "is away");
    }

    @Test
    void endsTheTransactionOfANodeThatFroze() throws Exception {
        assertThat(setting("idle_in_transaction_session_timeout")).isEqualTo("15s");
        assertThat(setting("statement_timeout")).isEqualTo("30s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"08006", "57P01", "57P03", "53300", "57014", "25006"})
    void tellsThatTheDatabaseIsAway(String state) {
        assertThat(Database.isUnavailable(pg(state))).isTrue();
        assertThat(Database.isUnavailable(new IllegalStateException(pg(state)))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "42601", "22P02", "40001"})
    void tellsThatTheStatementIsWrong(String state) {
        assertThat(Database.isUnavailable(pg(state))).isFalse();
    }

    @Test
    void tellsConnectionFaultsFromOthers() {
        assertThat(Database.isUnavailable(new ConnectException("refused"))).isTrue();
        assertThat(Database.isUnavailable(ClosedConnectionException.INSTANCE)).isTrue();
        assertThat(Database.isUnavailable(new TimeoutException())).isTrue();
        assertThat(Database.isUnavailable(new IOException("disk full"))).isFalse();
        assertThat(Database.isUnavailable(new IllegalStateException("a bug"))).isFalse();
        assertThat(Database.isUnavailable(null)).isFalse();
    }

    private static PgException pg(String state) {
        return new PgException("message", "ERROR", state, "detail");
    }

    private String setting(String name) throws Exception {
        return database.client()
                .query("SHOW " + name)
                .execute()
                .await(10, TimeUnit.SECONDS)
                .iterator()
                .next()
                .getString(0);
    }
}
