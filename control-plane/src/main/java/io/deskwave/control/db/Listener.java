package io.deskwave.control.db;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgNotification;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that listens to PostgreSQL's notifications. A lost one is made anew for as long as it takes; what was
 * notified meanwhile is lost, which each subscriber is told. A heartbeat finds the connection that died in silence.
 * Everything happens on one event loop.
 */
final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final long RETRY_MILLIS = 1000;
    private static final long HEARTBEAT_MILLIS = 10_000;
    private static final long ANSWER_SECONDS = 5;

    private record Subscriber(Consumer<String> payload, Runnable resubscribed) {}

    private final Vertx vertx;
    private final PgConnectOptions connect;
    private final Context context;
    private final Map<String, Subscriber> subscribers = new LinkedHashMap<>();
    private @Nullable PgConnection connection;
    private boolean connecting;
    private boolean closed;
    private boolean lossTold;

    Listener(Vertx vertx, PgConnectOptions connect) {
        this.vertx = vertx;
        this.connect = connect;
        this.context = vertx.getOrCreateContext();
        vertx.setPeriodic(
                HEARTBEAT_MILLIS,
                timer -> context.runOnContext(ignored -> {
                    if (closed) {
                        vertx.cancelTimer(timer);
                    } else {
                        beat();
                    }
                }));
    }

    void listen(String channel, Consumer<String> payload, Runnable resubscribed) {
        context.runOnContext(ignored -> {
            subscribers.put(channel, new Subscriber(payload, resubscribed));
            if (connection != null) {
                subscribe(connection, Map.of(channel, subscribers.get(channel)));
            } else {
                open();
            }
        });
    }

    void close() {
        context.runOnContext(ignored -> {
            closed = true;
            drop();
        });
    }

    private void open() {
        if (connecting || closed) {
            return;
        }
        connecting = true;
        PgConnection.connect(vertx, connect)
                .onComplete(opened -> context.runOnContext(ignored -> {
                    connecting = false;
                    if (opened.succeeded()) {
                        use(opened.result());
                    } else {
                        retry(opened.cause());
                    }
                }));
    }

    private void use(PgConnection opened) {
        connection = opened;
        opened.notificationHandler(news -> context.runOnContext(ignored -> deliver(news)));
        opened.closeHandler(gone -> context.runOnContext(ignored -> lost(opened, null)));
        if (closed) {
            drop();
        } else {
            subscribe(opened, Map.copyOf(subscribers));
        }
    }

    private void subscribe(PgConnection on, Map<String, Subscriber> wanted) {
        String listen = wanted.keySet().stream()
                .map(channel -> "LISTEN \"" + channel.replace("\"", "\"\"") + "\"")
                .collect(Collectors.joining(";"));
        on.query(listen)
                .execute()
                .onComplete(done -> context.runOnContext(ignored -> {
                    if (done.failed()) {
                        lost(on, done.cause());
                    } else if (on == connection) {
                        if (lossTold) {
                            LOG.info("notifications are back");
                            lossTold = false;
                        }
                        wanted.values().forEach(subscriber -> guarded(subscriber.resubscribed()));
                    }
                }));
    }

    private void beat() {
        PgConnection current = connection;
        if (current != null) {
            Future<?> answer = current.query("SELECT 1").execute();
            answer.timeout(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .onFailure(cause -> context.runOnContext(ignored -> lost(current, cause)));
        }
    }

    private void deliver(PgNotification news) {
        Subscriber subscriber = subscribers.get(news.getChannel());
        if (subscriber != null) {
            guarded(() -> subscriber.payload().accept(news.getPayload()));
        }
    }

    private void lost(PgConnection which, @Nullable Throwable cause) {
        if (which == connection) {
            drop();
            retry(cause);
        }
    }

    private void drop() {
        PgConnection current = connection;
        connection = null;
        if (current != null) {
            current.close().onFailure(cause -> LOG.debug("closing a listening connection: {}", cause.toString()));
        }
    }

    private void retry(@Nullable Throwable cause) {
        if (closed) {
            return;
        }
        if (!lossTold) {
            LOG.warn(
                    "notifications are lost, polling meanwhile: {}",
                    cause == null ? "connection closed" : cause.toString());
            lossTold = true;
        }
        vertx.setTimer(RETRY_MILLIS, timer -> context.runOnContext(ignored -> open()));
    }

    private static void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("a listener failed", e);
        }
    }
}
