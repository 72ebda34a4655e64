package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Assertion;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one session with the control plane for as long as the agent lives: connect, hello, welcome, then messages both
 * ways; after an end it comes back when the control plane said or the back-off says. Event loop.
 */
final class ControlLink implements Outbox {
    private static final Duration WELCOME_WITHIN = Duration.ofSeconds(30);
    private static final Logger LOG = LoggerFactory.getLogger(ControlLink.class);

    /** A session is being left on purpose: when and why to come back. */
    private record Pause(long millis, String why) {}

    /** What happens on a link. */
    interface Listener {
        AgentMessage.Hello hello();

        /** The welcome is the first. */
        void received(ServerMessage message);

        void ended();

        /** Trying again with this identity is pointless; the link has stopped. */
        void refused(Refusal refusal);

        /** Not now: the link comes back by itself. */
        default void turnedAway(Refusal refusal) {}
    }

    private final Vertx vertx;
    private final Identity identity;
    private final SigningKey signingKey;
    private final UUID instanceId;
    private final Listener listener;
    private final WebSocketClient client; // in a field: a collected client takes its connections along
    private volatile @Nullable Session session;
    private Backoff backoff = Backoff.START;
    private long outageSinceNanos = System.nanoTime();
    private Duration clockOffset = Duration.ZERO;
    private boolean clockWasSet;
    private boolean stopped;
    private long timer = -1;
    private @Nullable Pause pause;

    ControlLink(Vertx vertx, Identity identity, UUID instanceId, Listener listener) {
        this(vertx, vertx.createWebSocketClient(options(identity.fingerprint())), identity, instanceId, listener);
    }

    /** @param client made with {@link #options}; closed by {@link #stop} */
    ControlLink(Vertx vertx, WebSocketClient client, Identity identity, UUID instanceId, Listener listener) {
        this.vertx = vertx;
        this.client = client;
        this.identity = identity;
        this.signingKey = identity.signingKey();
        this.instanceId = instanceId;
        this.listener = listener;
    }

    static WebSocketClientOptions options(@Nullable String fingerprint) {
        var options = new WebSocketClientOptions()
                .setConnectTimeout(10_000)
                .setClosingTimeout(2)
                .setMaxFrameSize(Protocol.MAX_MESSAGE_BYTES)
                .setMaxMessageSize(Protocol.MAX_MESSAGE_BYTES);
        if (fingerprint != null) {
            Trust.only(fingerprint, options.setVerifyHost(false));
        }
        return options;
    }

    Identity identity() {
        return identity;
    }

    void connect() {
        timer = -1;
        String url = identity.endpoint().replaceFirst("^http", "ws") + Protocol.SESSION_PATH;
        var assertion = new Assertion(
                Assertion.SESSION_AUDIENCE,
                identity.desktop(),
                identity.machineId(),
                instanceId,
                Instant.now().plus(clockOffset));
        var target = new WebSocketConnectOptions()
                .setAbsoluteURI(url)
                .setTimeout(20_000)
                .putHeader("Authorization", Protocol.ASSERTION_SCHEME + assertion.sign(signingKey));
        var unused = client.connect(target).onSuccess(this::opened).onFailure(this::failed);
    }

    private void opened(WebSocket socket) {
        try {
            greet(socket);
        } catch (RuntimeException e) {
            var unused = socket.close();
            failed(e);
        }
    }

    private void greet(WebSocket socket) {
        if (stopped) {
            var unused = socket.close();
            return;
        }
        session = new Session(vertx, socket, listener.hello(), this::received, this::closed, WELCOME_WITHIN);
    }

    private void received(ServerMessage message) {
        if (!stopped) {
            clockWasSet &= !(message instanceof ServerMessage.Welcome);
            listener.received(message);
        }
    }

    private void closed(Duration lifetime, String why) {
        session = null;
        listener.ended();
        Pause wanted = pause;
        pause = null;
        if (stopped) {
            return;
        }
        boolean proven = Backoff.isProven(lifetime);
        if (proven) {
            outageSinceNanos = System.nanoTime();
        }
        if (proven || wanted == null) {
            backoff = backoff.afterSessionOf(lifetime, outage());
        }
        if (wanted != null) {
            comeBackIn(wanted.millis(), wanted.why());
        } else {
            comeBackIn(backoff.delayMillis(ThreadLocalRandom.current()), why);
        }
    }

    private void failed(Throwable cause) {
        if (stopped) {
            return;
        }
        Refusal refusal = cause instanceof UpgradeRejectedException rejected ? refusal(rejected.getBody()) : null;
        if (refusal == null) {
            backoff = backoff.next(outage());
            comeBackIn(backoff.delayMillis(ThreadLocalRandom.current()), Outcomes.sentence(cause));
        } else if (refusal.reason().isFinal()) {
            stopped = true;
            listener.refused(refusal);
        } else if (refusal.reason() == Refusal.Reason.CLOCK && !clockWasSet) {
            clockWasSet = true;
            clockOffset = Duration.between(Instant.now(), refusal.serverTime());
            LOG.warn("this machine's clock is off by {} s; going by the control plane's", clockOffset.toSeconds());
            connect();
        } else {
            backoff = backoff.next(outage());
            listener.turnedAway(refusal);
            comeBackIn(
                    backoff.delayMillis(ThreadLocalRandom.current(), refusal.retryAfterMillis()),
                    refusal.reason() + ": " + refusal.message());
        }
    }

    private Duration outage() {
        return Duration.ofNanos(System.nanoTime() - outageSinceNanos);
    }

    private static @Nullable Refusal refusal(@Nullable Buffer body) {
        try {
            return body == null ? null : Wire.fromJson(body.toString(), Refusal.class);
        } catch (IllegalArgumentException e) {
            return null; // a proxy's page, for example
        }
    }

    private void comeBackIn(long millis, String why) {
        LOG.info("no session with {}: {}; next try in {} ms", identity.endpoint(), why, millis);
        timer = vertx.setTimer(Math.max(1, millis), ignored -> connect());
    }

    /** Ends the session and comes back later. */
    void leaveFor(long millis, String why) {
        Session current = session;
        if (current != null) {
            pause = new Pause(millis, why);
            var unused = current.close();
        }
    }

    void goAway(ServerMessage.GoAway message) {
        leaveFor(
                backoff.delayMillis(ThreadLocalRandom.current(), message.retryAfterMillis()),
                "the control plane sent it away: " + message.reason());
    }

    @Override
    public boolean send(AgentMessage message) {
        Session current = session;
        return current != null && current.send(message);
    }

    @Override
    public boolean isFull() {
        Session current = session;
        return current != null && current.isFull();
    }

    Future<Void> stop() {
        stopped = true;
        cancelTimer();
        Session current = session;
        return (current == null ? Future.<Void>succeededFuture() : current.close())
                .otherwiseEmpty()
                .eventually(client::close);
    }

    private void cancelTimer() {
        if (timer >= 0) {
            boolean unused = vertx.cancelTimer(timer);
            timer = -1;
        }
    }
}
