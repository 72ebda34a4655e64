package io.deskwave.control.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
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

    private final Vertx vertx = Vertx.vertx();
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
        vertx.createWebSocketClient()
                .connect(server.actualPort(), "127.0.0.1", "/")
                .compose(socket -> socket.close())
                .await(10, TimeUnit.SECONDS);

        assertThat(goodbye.future().await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aBrokenConnectionSaysNothing() throws TimeoutException {
        vertx.createNetClient()
                .connect(server.actualPort(), "127.0.0.1")
                .compose(socket -> {
                    Promise<Void> closed = Promise.promise();
                    socket.handler(upgraded -> socket.close().onComplete(closed));
                    return socket.write(UPGRADE).compose(written -> closed.future());
                })
                .await(10, TimeUnit.SECONDS);

        assertThat(goodbye.future().await(10, TimeUnit.SECONDS)).isFalse();
    }
}
