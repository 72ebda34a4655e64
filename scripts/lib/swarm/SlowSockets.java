package io.deskwave.agent;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.ClientSSLOptions;

/** A client whose sockets are read as an overworked machine reads: one message, then nothing for a while. */
final class SlowSockets implements WebSocketClient {
    private static final long PAUSE_MILLIS = 250;

    private final Vertx vertx;
    private final WebSocketClient client;

    SlowSockets(Vertx vertx, WebSocketClient client) {
        this.vertx = vertx;
        this.client = client;
    }

    @Override
    public Future<WebSocket> connect(WebSocketConnectOptions options) {
        return client.connect(options).onSuccess(socket -> {
            socket.pause();
            fetchOne(socket);
        });
    }

    private void fetchOne(WebSocket socket) {
        if (!socket.isClosed()) {
            socket.fetch(1);
            vertx.setTimer(PAUSE_MILLIS, t -> fetchOne(socket));
        }
    }

    @Override
    public ClientWebSocket webSocket() {
        return client.webSocket();
    }

    @Override
    public Future<Boolean> updateSSLOptions(ClientSSLOptions options, boolean force) {
        return client.updateSSLOptions(options, force);
    }

    @Override
    public Future<Void> shutdown(long timeout, java.util.concurrent.TimeUnit unit) {
        return client.shutdown(timeout, unit);
    }
}
