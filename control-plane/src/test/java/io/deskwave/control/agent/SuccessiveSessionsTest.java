package io.deskwave.control.agent;

import static io.deskwave.control.desktop.DesktopFixture.NODE;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.db.Waiting;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.desktop.SessionStore;
import io.deskwave.control.desktop.SnapshotOrders;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.Inbox;
import io.deskwave.control.execution.Reports;
import io.deskwave.control.script.ScriptStore;
import io.deskwave.control.script.Scripts;
import io.deskwave.protocol.AgentMessage.Hello;
import io.deskwave.protocol.AgentMessage.HostChanged;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.ServerMessage.StopScript;
import io.deskwave.protocol.ServerMessage.Welcome;
import io.deskwave.protocol.Wire;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One desktop that comes in twice, over real sockets and rows. */
class SuccessiveSessionsTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final UUID desktop = fixture.desktop(PROJECT, null, "pc");
    private final String key = fixture.key(desktop);
    private final AgentSessions sessions = new AgentSessions();
    private final SessionStore store = new SessionStore();
    private final Neighbours neighbours = new Neighbours(vertx, database, store, sessions, NODE);
    private final Greeting greeting = greeting();
    private final Context context = vertx.getOrCreateContext();
    /** One that nobody refers to any more is closed with its sockets. */
    private final WebSocketClient client = vertx.createWebSocketClient();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private Greeting greeting() {
        InstantSource clock = InstantSource.system();
        var changes = new Changes(database, NODE);
        var assignments = new Assignments(changes, new Scripts(database, new ScriptStore()), clock);
        return new Greeting(
                new SessionRows(vertx, database, store, assignments, ready -> {}, neighbours, NODE),
                assignments,
                new Inbox(vertx, new Reports(changes, clock), Database::isAway, Database::isUnavailable, 1),
                sessions,
                new PowerNews(
                        new PowerProofs(database, new JobStore(), clock, () -> Duration.ZERO),
                        new SnapshotOrders(database, new JobStore(), clock)),
                clock);
    }

    private HttpServer server() {
        Promise<HttpServer> listening = Promise.promise();
        context.runOnContext(go -> vertx.createHttpServer()
                .webSocketHandler(socket -> assertThat(new AgentSession(
                                greeting,
                                new AgentIdentities.Identity(
                                        desktop, PROJECT, key, "machine-1", UUID.randomUUID(), null),
                                socket))
                        .isNotNull())
                .listen(0, "127.0.0.1")
                .onComplete(listening));
        return await(listening.future());
    }

    /** What an agent hears that has come in, from its welcome on. */
    private List<ServerMessage> comeTo(HttpServer server) {
        return comeTo(server, Promise.promise());
    }

    private List<ServerMessage> comeTo(HttpServer server, Promise<WebSocket> opened) {
        var heard = new CopyOnWriteArrayList<ServerMessage>();
        var hello = new Hello(
                Protocol.VERSION, "0.1.0", UUID.randomUUID(), Set.of(), Set.of(ScriptType.SHELL), host(), List.of());
        await(client.connect(server.actualPort(), "127.0.0.1", "/").compose(socket -> {
            opened.complete(socket);
            socket.textMessageHandler(text -> heard.add(Wire.decodeServerMessage(text)));
            return socket.writeTextMessage(Wire.encode(hello));
        }));
        Waiting.until("a welcome", () -> !heard.isEmpty());
        assertThat(heard.get(0)).isInstanceOf(Welcome.class);
        return heard;
    }

    private boolean send(long epoch, int attempt) {
        Promise<Boolean> sent = Promise.promise();
        context.runOnContext(
                go -> sent.complete(sessions.send(desktop, epoch, new StopScript(new UUID(1, 1), attempt))));
        return await(sent.future());
    }

    private int count() {
        Promise<Integer> counted = Promise.promise();
        context.runOnContext(go -> counted.complete(sessions.count()));
        return await(counted.future());
    }

    private static boolean isStop(ServerMessage message, int attempt) {
        return message instanceof StopScript stop && stop.attempt() == attempt;
    }

    @Test
    void whatWasReadInOneSessionIsNotSentIntoTheNext() {
        HttpServer server = server();
        List<ServerMessage> first = comeTo(server);
        assertThat(send(1, 1)).isTrue();
        Waiting.until("the first is told", () -> first.stream().anyMatch(said -> isStop(said, 1)));

        List<ServerMessage> second = comeTo(server);

        assertThat(send(1, 2)).as("of the session before").isFalse();
        assertThat(send(2, 3)).isTrue();
        Waiting.until("the second is told", () -> second.stream().anyMatch(said -> isStop(said, 3)));
        assertThat(second).noneMatch(said -> isStop(said, 2));
    }

    @Test
    void theTransactionThatDeletesADesktopEndsItsSessionOnEveryNode() {
        context.runOnContext(go -> neighbours.start());
        Waiting.until("it listens", this::isListening);
        assertThat(comeTo(server())).isNotEmpty();
        Waiting.until("it is live", () -> count() == 1);
        var deleter = new Neighbours(vertx, database, store, new AgentSessions(), new UUID(2, 2));

        await(database.inTransaction(tx -> deleter.deleting(tx, desktop)));

        Waiting.until("its session has ended", () -> count() == 0);
    }

    /** What is told of it before the session is live reaches nobody. */
    @Test
    void aSessionThatWasOutdatedBeforeItWasLiveEnds() {
        HttpServer server = server();
        Promise<Void> outdated = Promise.promise();
        Future<Void> held = database.inTransaction(tx -> tx.query("LOCK TABLE desktop_networks IN EXCLUSIVE MODE")
                .execute()
                .compose(locked -> outdated.future()));
        Waiting.until(
                "the lock is held",
                () -> fixture.count("SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                                + " WHERE c.relname = 'desktop_networks' AND l.mode = 'ExclusiveLock' AND l.granted")
                        == 1);
        CompletableFuture<List<ServerMessage>> welcomed = CompletableFuture.supplyAsync(() -> comeTo(server));
        Waiting.until(
                "its hello is stored",
                () -> fixture.count("SELECT session_epoch FROM desktops WHERE id = $1", desktop) == 1);
        fixture.execute("UPDATE desktops SET session_epoch = session_epoch + 1, node_id = NULL WHERE id = $1", desktop);
        outdated.complete();
        await(held);
        assertThat(welcomed.join()).isNotEmpty();
        Waiting.until("its session has ended", () -> count() == 0);
    }

    @Test
    void aSessionThatHearsThatItIsOutdatedEnds() {
        HttpServer server = server();
        Promise<WebSocket> opened = Promise.promise();
        assertThat(comeTo(server, opened)).isNotEmpty();
        Waiting.until("it is live", () -> count() == 1);
        WebSocket socket = await(opened.future());
        await(socket.writeTextMessage(Wire.encode(new HostChanged(host("10.1.2.4")))));
        Waiting.until(
                "its host is stored",
                () -> fixture.count("SELECT count(*) FROM desktop_networks WHERE host(address) = '10.1.2.4'") == 1);
        assertThat(count()).isEqualTo(1);
        fixture.execute("UPDATE desktops SET session_epoch = session_epoch + 1 WHERE id = $1", desktop);
        await(socket.writeTextMessage(Wire.encode(new HostChanged(host("10.1.2.5")))));
        Waiting.until("its session has ended", () -> count() == 0);
    }

    private boolean isListening() {
        return await(database.client()
                                .query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                        + " AND query LIKE 'LISTEN%' AND state = 'idle'")
                                .execute())
                        .iterator()
                        .next()
                        .getLong(0)
                > 0;
    }
}
