package io.deskwave.control.live;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A viewer behind a WebSocket: one text frame an event. */
final class SocketViewer implements Viewer {
    private static final Logger LOG = LoggerFactory.getLogger(SocketViewer.class);

    private final ServerWebSocket socket;

    SocketViewer(ServerWebSocket socket) {
        this.socket = socket;
    }

    @Override
    public Future<Void> show(JsonObject event) {
        socket.writeTextMessage(event.encode()).onFailure(gone -> LOG.debug("a viewer is gone"));
        if (socket.isClosed()) {
            return Future.failedFuture("the viewer is gone");
        }
        if (!socket.writeQueueFull()) {
            return Future.succeededFuture();
        }
        Promise<Void> drained = Promise.promise();
        socket.drainHandler(ready -> drained.tryComplete());
        return drained.future();
    }

    @Override
    public boolean isGone() {
        return socket.isClosed();
    }

    @Override
    public void end() {
        socket.close().onFailure(gone -> LOG.debug("a viewer was gone already"));
    }
}
