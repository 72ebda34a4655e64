package io.deskwave.control.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.Protocol;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.net.NetClient;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AgentSessionTest {
    private static final String UPGRADE = String.join(
            "\r\n",
            "GET / HTTP/1.1",
            "Host: localhost",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "",
            "");

    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(Protocol.PING_SECONDS + 4) + 1;

    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(Protocol.SILENCE_SECONDS + 60);

    private final Vertx vertx = Vertx.vertx();
    /** In a field: one that is collected takes its connections along. */
    private final WebSocketClient client = vertx.createWebSocketClient();

    private final NetClient netClient = vertx.createNetClient();
    private final Promise<Boolean> goodbye = Promise.promise();
    private final HttpServer server = vertx.createHttpServer()
            .webSocketHandler(socket -> socket.closeHandler(gone -> goodbye.complete(AgentSession.saidGoodbye(socket))))
            .listen(0, "127.0.0.1")
            .await();

    @AfterEach
    void close() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void anAgentThatClosesItsSessionSaysGoodbye() throws TimeoutException {
        client.connect(server.actualPort(), "127.0.0.1", "/")
                .compose(socket -> socket.close())
                .await(10, TimeUnit.SECONDS);

        assertThat(goodbye.future().await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aBrokenConnectionSaysNothing() throws TimeoutException {
        netClient
                .connect(server.actualPort(), "127.0.0.1")
                .compose(socket -> {
                    Promise<Void> closed = Promise.promise();
                    socket.handler(upgraded -> socket.close().onComplete(closed));
                    return socket.write(UPGRADE).compose(written -> closed.future());
                })
                .await(10, TimeUnit.SECONDS);

        assertThat(goodbye.future().await(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void whoPingsIsNotPinged() throws TimeoutException {
        Opened opened = open();
        Promise<Void> answered = Promise.promise();
        opened.agent().pongHandler(pong -> answered.tryComplete());
        opened.agent().writePing(Buffer.buffer()).await(10, TimeUnit.SECONDS);
        answered.future().await(10, TimeUnit.SECONDS);

        opened.session().pingOrGiveUp(opened.atNanos() + LATE_NANOS);
        opened.session().giveUp("that is all");

        assertThat(opened.heardUntilClosed()).containsOnly(WebSocketFrameType.PONG, WebSocketFrameType.CLOSE);
    }

    @Test
    void whoIsSilentIsPingedAndGivenUp() throws TimeoutException {
        Opened opened = open();

        opened.session().pingOrGiveUp(opened.atNanos() + LATE_NANOS - TimeUnit.SECONDS.toNanos(10));
        opened.session().pingOrGiveUp(opened.atNanos() + LATE_NANOS);
        opened.session().pingOrGiveUp(opened.atNanos() + SILENCE_NANOS);

        assertThat(opened.heardUntilClosed()).containsExactly(WebSocketFrameType.PING, WebSocketFrameType.CLOSE);
    }

    @Test
    void afterThisNodeStoodStillNobodyIsGivenUpUnasked() throws TimeoutException {
        Opened opened = open();
        Promise<Void> pinged = Promise.promise();
        opened.agent().frameHandler(frame -> pinged.tryComplete());

        opened.session().pingOrGiveUp(opened.atNanos() + SILENCE_NANOS);

        pinged.future().await(10, TimeUnit.SECONDS);
        assertThat(opened.closed().future().isComplete()).isFalse();
    }

    /** @param atNanos after the session had begun */
    private record Opened(
            AgentSession session, long atNanos, WebSocket agent, List<WebSocketFrameType> heard, Promise<Void> closed) {
        List<WebSocketFrameType> heardUntilClosed() throws TimeoutException {
            closed.future().await(10, TimeUnit.SECONDS);
            return heard;
        }
    }

    @SuppressWarnings("NullAway") // nothing is said that a greeting is needed for
    private Opened open() throws TimeoutException {
        Promise<AgentSession> begun = Promise.promise();
        var identity = new AgentIdentities.Identity(UUID.randomUUID(), "p", "key", "machine", UUID.randomUUID(), null);
        HttpServer sessions = vertx.createHttpServer()
                .webSocketHandler(socket -> begun.complete(new AgentSession(null, identity, socket)))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
        var heard = new CopyOnWriteArrayList<WebSocketFrameType>();
        Promise<Void> closed = Promise.promise();
        WebSocket agent = client.connect(sessions.actualPort(), "127.0.0.1", "/")
                .onSuccess(socket ->
                        socket.frameHandler(frame -> heard.add(frame.type())).closeHandler(gone -> closed.complete()))
                .await(10, TimeUnit.SECONDS);
        AgentSession session = begun.future().await(10, TimeUnit.SECONDS);
        return new Opened(session, System.nanoTime(), agent, heard, closed);
    }
}
