package io.deskwave.control.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes connections that bring no whole head of a request in time: anybody may open one. Safe for all threads. */
final class Silence {
    private static final Logger LOG = LoggerFactory.getLogger(Silence.class);
    private static final long HEAD_WITHIN_MILLIS = 10_000;

    private final Vertx vertx;
    private final Map<HttpConnection, Long> timers = new ConcurrentHashMap<>();

    Silence(Vertx vertx) {
        this.vertx = vertx;
    }

    void begins(HttpConnection connection) {
        timers.put(connection, vertx.setTimer(HEAD_WITHIN_MILLIS, id -> {
            if (timers.remove(connection) != null) {
                connection.close().onFailure(gone -> LOG.debug("a silent connection was gone already"));
            }
        }));
    }

    void ends(HttpConnection connection) {
        Long timer = timers.remove(connection);
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }
}
