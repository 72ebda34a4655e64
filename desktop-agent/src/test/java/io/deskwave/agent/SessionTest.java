package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Protocol;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SessionTest {
    private final Vertx vertx = Main.vertx();
    private final WebSocketClient client =
            vertx.createWebSocketClient(); // a collected client takes its connections along

    @AfterEach
    void close() {
        FakeControl.await(vertx.close());
    }

    @Test
    void endsWhenNobodyWelcomesIt() {
        HttpServer mute = FakeControl.await(
                vertx.createHttpServer().webSocketHandler(socket -> {}).listen(0, "127.0.0.1"));
        WebSocket socket = FakeControl.await(client.connect(mute.actualPort(), "127.0.0.1", "/"));
        var host = new HostProbe(Boot.real()).quick(Boot.real());
        var hello = new AgentMessage.Hello(
                Protocol.VERSION, "test", UUID.randomUUID(), Set.of(), Set.of(), host, List.of());
        var why = new CompletableFuture<String>();
        var session = new Session(
                vertx, socket, hello, message -> {}, (lifetime, text) -> why.complete(text), Duration.ofMillis(200));
        Eventually.until("the session ended", why::isDone);
        assertThat(why.join()).isEqualTo("there was no welcome within 200 ms");
        assertThat(session.send(hello)).isFalse();
    }
}
