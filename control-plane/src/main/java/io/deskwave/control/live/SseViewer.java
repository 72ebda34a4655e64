package io.deskwave.control.live;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A viewer of server-sent events: the type as the event's name, the whole event as its data. */
final class SseViewer implements Viewer {
    private static final Logger LOG = LoggerFactory.getLogger(SseViewer.class);

    private final HttpServerResponse response;

    SseViewer(HttpServerResponse response) {
        this.response = response;
    }

    @Override
    public Future<Void> show(JsonObject event) {
        if (response.closed() || response.ended()) {
            return Future.failedFuture("the viewer is gone");
        }
        response.write("event: " + event.getString("type") + "\ndata: " + event.encode() + "\n\n")
                .onFailure(gone -> LOG.debug("a viewer is gone"));
        if (!response.writeQueueFull()) {
            return Future.succeededFuture();
        }
        Promise<Void> drained = Promise.promise();
        response.drainHandler(ready -> drained.tryComplete());
        return drained.future();
    }

    @Override
    public boolean isGone() {
        return response.closed() || response.ended();
    }

    @Override
    public void end() {
        response.end().onFailure(gone -> LOG.debug("a viewer was gone already"));
    }
}
