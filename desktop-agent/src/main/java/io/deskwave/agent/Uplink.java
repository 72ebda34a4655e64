package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.ServerMessage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's way to the control plane: finds its identity or enrols ({@link Enrollment}), and then keeps a
 * {@link ControlLink} whose messages it passes to the {@link ScriptRunner}, the {@link PowerSteps}, the
 * {@link PowerOrders}, the {@link WakeOrders} and the {@link Snapshots}. Event loop.
 */
final class Uplink implements Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Uplink.class);

    private static final Set<String> ABILITIES =
            Set.of(Protocol.POWER_ORDERS, Protocol.POWER_NOTICES, Protocol.WAKE_ON_LAN, Protocol.SNAPSHOTS);

    /** Who hears what arrives. */
    record Parts(
            ScriptRunner runner,
            PowerSteps power,
            PowerOrders orders,
            WakeOrders wakes,
            Snapshots snapshots,
            ServerTime time,
            Consumer<RefusedException> onRefused) {}

    private final Vertx vertx;
    private final Config config;
    private final Identities identities;
    private final HostWatch host;
    private final Consumer<UUID> onConnected;
    private final UUID instanceId = UUID.randomUUID();
    private @Nullable Parts parts;
    private @Nullable ControlLink link;
    private final long startedNanos = System.nanoTime();
    private Backoff enrollBackoff = Backoff.START;
    private @Nullable HostInfo toldHost;
    private boolean stopped;

    Uplink(Vertx vertx, Config config, Identities identities, HostWatch host, Consumer<UUID> onConnected) {
        this.vertx = vertx;
        this.config = config;
        this.identities = identities;
        this.host = host;
        this.onConnected = onConnected;
    }

    private Parts parts() {
        if (parts == null) {
            throw new IllegalStateException("not joined");
        }
        return parts;
    }

    /** Becomes or stays somebody, and connects; fails with {@link UsageException} where it cannot. */
    Future<Void> join(Parts newParts) {
        parts = newParts;
        return vertx.executeBlocking(identities::find)
                .compose(found -> found.isPresent()
                        ? joinAs(found, false)
                        : vertx.executeBlocking(identities::findEnrolledCandidate)
                                .compose(candidate -> joinAs(candidate, true)));
    }

    private Future<Void> joinAs(Optional<Identity> found, boolean candidate) {
        if (found.isPresent()) {
            connect(found.get(), candidate);
        } else if (config.token() == null) {
            return Future.failedFuture(new UsageException("this agent is not enrolled yet: start it once with"
                    + " --enrollment-token-file F, where F holds a token made by the control plane"));
        } else {
            enroll(config.token());
        }
        return Future.succeededFuture();
    }

    /** Until it works or is refused for good. */
    private void enroll(Token token) {
        if (stopped) {
            return;
        }
        HostInfo info = host.latest();
        String name = config.name().isBlank() ? info.hostname() : config.name();
        String endpoint = endpoint(token.endpoint());
        LOG.info("enrolling at {} as {}", endpoint, name);
        var unused = new Enrollment(vertx, identities)
                .enroll(token, endpoint, name, info)
                .onSuccess(identity -> connect(identity, true))
                .onFailure(cause -> enrollAgain(token, cause));
    }

    private void enrollAgain(Token token, Throwable cause) {
        if (cause instanceof RefusedException refused
                && (refused.refusal().reason().isFinal() || refused.refusal().reason() == Refusal.Reason.INVALID)) {
            parts().onRefused().accept(refused);
            return;
        }
        enrollBackoff = enrollBackoff.next(Duration.ofNanos(System.nanoTime() - startedNanos));
        Long told =
                cause instanceof RefusedException refused ? refused.refusal().retryAfterMillis() : null;
        long millis = enrollBackoff.delayMillis(ThreadLocalRandom.current(), told);
        LOG.info("not enrolled: {}; next try in {} ms", Outcomes.sentence(cause), millis);
        var unused = vertx.setTimer(millis, ignored -> enroll(token));
    }

    private String endpoint(String usual) {
        return config.endpoint() == null ? Config.checkedEndpoint(usual) : config.endpoint();
    }

    private void connect(Identity identity, boolean candidate) {
        if (!stopped) {
            link = new ControlLink(
                    vertx, identity.at(endpoint(identity.endpoint())), instanceId, new Events(identity, candidate));
            link.connect();
        }
    }

    /** A token that this identity did not come from lets a refused agent enrol anew. */
    private Optional<Token> otherToken(Identity identity, Refusal refusal) {
        boolean lost = refusal.reason() == Refusal.Reason.REVOKED
                || refusal.reason() == Refusal.Reason.UNKNOWN
                || refusal.reason() == Refusal.Reason.CLONE;
        return Optional.ofNullable(config.token())
                .filter(token -> lost && !Identities.hash(token).equals(identity.tokenHash()));
    }

    /** What the control plane does not know yet; kept for the next time where there is no session now. */
    void tellHost() {
        HostInfo latest = host.latest();
        if (!latest.equals(toldHost) && send(new AgentMessage.HostChanged(latest))) {
            toldHost = latest;
        }
    }

    @Override
    public boolean send(AgentMessage message) {
        return link != null && link.send(message);
    }

    @Override
    public boolean isFull() {
        ControlLink current = link;
        return current != null && current.isFull();
    }

    Future<Void> stop() {
        stopped = true;
        return link == null ? Future.succeededFuture() : link.stop();
    }

    /** What happens on the link of one identity. */
    private final class Events implements ControlLink.Listener {
        private final Identity identity;
        private boolean candidate;

        private Events(Identity identity, boolean candidate) {
            this.identity = identity;
            this.candidate = candidate;
        }

        @Override
        public AgentMessage.Hello hello() {
            HostInfo info = host.latest();
            toldHost = info;
            return new AgentMessage.Hello(
                    Protocol.VERSION,
                    Version.TEXT,
                    instanceId,
                    ABILITIES,
                    Interpreter.available(),
                    info,
                    parts().runner().held());
        }

        @Override
        public void received(ServerMessage message) {
            ControlLink current = link;
            if (current != null) {
                var inbox = new Inbox(
                        parts().runner(),
                        parts().power(),
                        parts().orders(),
                        parts().wakes(),
                        parts().snapshots(),
                        identity,
                        current,
                        this::welcomed);
                boolean unused = message.accept(inbox);
            }
        }

        @Override
        public void ended() {
            parts().runner().disconnected();
        }

        @Override
        public void refused(Refusal refusal) {
            Optional<Token> token = candidate ? Optional.empty() : otherToken(identity, refusal);
            if (token.isPresent()) {
                LOG.warn("refused ({}); enrolling anew with the token that was given", refusal.reason());
                enroll(token.get());
            } else {
                parts().onRefused().accept(new RefusedException(refusal));
            }
        }

        private void welcomed(ServerMessage.Welcome message) {
            LOG.info("welcomed as desktop {}", message.desktopId());
            parts().time().told(message.serverTime());
            parts().runner().welcomed(message.verdicts());
            if (candidate) {
                candidate = false;
                var unused = vertx.executeBlocking(() -> {
                            identities.adopt();
                            return null;
                        })
                        .onFailure(e -> LOG.error("the identity was not saved", e));
            }
            tellHost();
            onConnected.accept(message.desktopId());
        }
    }
}
