package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.desktop.SessionStore;
import io.deskwave.control.desktop.SnapshotOrders;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.Inbox;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where agents come in. A refusal names its reason before the upgrade: clock, revoked, unknown, clone, busy, or that another
 * process with the same identity is connected and alive.
 */
public final class AgentEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(AgentEndpoint.class);
    /**
     * From the request to the welcome: a whole fleet. To refuse an agent costs as much as to let it wait for its group, and it
     * comes again; what waits is a connection, as it will be when it is in, and its hello. An agent waits 20 s for the upgrade
     * and 30 s for the welcome.
     */
    private static final int HANDSHAKES_AT_ONCE = 16_384;
    /** Where the rate begins: for those beyond a whole fleet, until it is measured. */
    private static final double HANDSHAKES_PER_SECOND = 2000;

    private static final long DRAIN_SPREAD_MILLIS = 4_000;
    private static final long HELLO_WITHIN_MILLIS = 20_000;
    private static final long ALIVE_WITHIN_MILLIS = 3_000;

    private final Vertx vertx;
    private final AgentIdentities identities;
    private final AgentSessions sessions;
    private final Neighbours neighbours;
    private final UUID nodeId;
    private final Greeting greeting;
    private final InstantSource clock;
    private final Map<UUID, AgentSession> handshaking = new HashMap<>();
    private final Admission admission;
    private boolean draining;

    /** @param loops that share the memory of the node */
    public AgentEndpoint(
            Vertx vertx,
            Database database,
            IdentityStore identities,
            SessionStore store,
            Assignments assignments,
            Inbox inbox,
            AgentSessions sessions,
            Neighbours neighbours,
            PowerProofs power,
            SnapshotOrders snapshots,
            Consumer<Set<UUID>> onReady,
            UUID nodeId,
            int loops,
            InstantSource clock) {
        this.vertx = vertx;
        this.identities = new AgentIdentities(
                database,
                identities,
                vertx.createSharedWorkerExecutor(
                        "verifying", Math.max(1, Runtime.getRuntime().availableProcessors() - 1)));
        this.sessions = sessions;
        this.neighbours = neighbours;
        this.nodeId = nodeId;
        var rows = new SessionRows(vertx, database, store, assignments, onReady, neighbours, nodeId);
        this.greeting = new Greeting(rows, assignments, inbox, sessions, new PowerNews(power, snapshots), clock);
        this.clock = clock;
        this.admission = new Admission(HANDSHAKES_AT_ONCE, HANDSHAKES_PER_SECOND, loops, System::nanoTime);
    }

    public void mount(Router router) {
        router.get(Protocol.SESSION_PATH).handler(this::open);
    }

    /** Refuses new sessions: this node is about to end. */
    public void turnAway() {
        draining = true;
    }

    /** Ends what has not come in yet; the others are told to go by {@link AgentSessions#sendAway}. */
    public void drain() {
        turnAway();
        endHandshakes("this node is about to end");
    }

    /** Those that come in at this moment come in anew. */
    public void endHandshakes(String reason) {
        List.copyOf(handshaking.values()).forEach(session -> session.leave(reason));
    }

    private void open(RoutingContext context) {
        if (draining) {
            long wait = 1000 + ThreadLocalRandom.current().nextLong(DRAIN_SPREAD_MILLIS);
            refuse(context, RefusedException.busy("this node is about to end", wait, clock.instant()));
            return;
        }
        HttpServerRequest request = context.request();
        if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            refuse(context, RefusedException.malformed("open a WebSocket here", clock.instant()));
            return;
        }
        if (!admission.enter()) {
            refuse(
                    context,
                    RefusedException.busy(
                            "too many agents come in at this moment", admission.retryAfterMillis(), clock.instant()));
            return;
        }
        request.pause();
        identities
                .verify(request.getHeader("Authorization"), clock.instant())
                .compose(identity -> admit(identity)
                        .compose(admitted -> request.toWebSocket())
                        .map(socket -> talk(identity, socket)))
                .onFailure(failure -> {
                    admission.leave();
                    request.resume();
                    refuse(context, failure);
                });
    }

    private AgentSession talk(AgentIdentities.Identity identity, ServerWebSocket socket) {
        var session = new AgentSession(greeting, identity, socket);
        long patience = vertx.setTimer(HELLO_WITHIN_MILLIS, id -> {
            if (!session.hasSaidHello()) {
                session.giveUp("no hello within " + HELLO_WITHIN_MILLIS / 1000 + " s");
            }
        });
        AgentSession older = handshaking.put(identity.desktopId(), session);
        if (older != null) {
            older.giveUp("a newer connection of this desktop has come"); // one desktop takes one place
        }
        session.onceGreetedOrClosed(() -> {
            handshaking.remove(identity.desktopId(), session);
            admission.leave();
            vertx.cancelTimer(patience);
        });
        return session;
    }

    /** A second process with the same identity comes in only when the first no longer answers. */
    private Future<Boolean> admit(AgentIdentities.Identity identity) {
        return isOtherAlive(identity).map(alive -> {
            if (alive) {
                throw RefusedException.of(
                        Refusal.Reason.ALREADY_CONNECTED,
                        "another process with this identity is connected and answers",
                        clock.instant());
            }
            return true;
        });
    }

    private Future<Boolean> isOtherAlive(AgentIdentities.Identity identity) {
        UUID other = identity.otherNode();
        return other == null || other.equals(nodeId)
                ? sessions.isOtherAlive(vertx, identity.desktopId(), identity.instanceId(), ALIVE_WITHIN_MILLIS)
                : neighbours.isAlive(other, identity.desktopId(), identity.instanceId());
    }

    private void refuse(RoutingContext context, Throwable failure) {
        if (context.response().ended() || context.response().closed()) {
            return;
        }
        RefusedException refused = failure instanceof RefusedException known
                ? known
                : RefusedException.busy("the control plane cannot tell who you are now", 2000, clock.instant());
        if (!(failure instanceof RefusedException)) {
            LOG.warn("an agent cannot be let in: {}", failure.toString());
        }
        Long retryAfter = refused.retryAfterSeconds();
        if (retryAfter != null) {
            context.response().putHeader("Retry-After", retryAfter.toString());
        }
        context.response()
                .setStatusCode(refused.httpStatus())
                .putHeader("Content-Type", "application/json")
                .end(Wire.toJson(refused.refusal()))
                .onFailure(gone -> LOG.debug("the agent left before the answer"));
    }
}
