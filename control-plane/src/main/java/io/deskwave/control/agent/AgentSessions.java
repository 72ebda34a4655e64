package io.deskwave.control.agent;

import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ServerMessage;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The live sessions of this node: at most one a desktop. Used on one event loop. */
public final class AgentSessions {
    private static final Logger LOG = LoggerFactory.getLogger(AgentSessions.class);

    private final Map<UUID, AgentSession> live = new HashMap<>();
    private int slice;

    /**
     * Pings every session once a period, each second a slice of them, and gives up those that were silent for too long; one
     * timer for all.
     */
    public void start(Vertx vertx) {
        vertx.setPeriodic(1000, id -> {
            slice = (slice + 1) % Protocol.PING_SECONDS;
            long now = System.nanoTime();
            live.values().stream()
                    .filter(session -> slice(session.desktopId()) == slice)
                    .toList()
                    .forEach(session -> session.pingOrGiveUp(now));
        });
    }

    /** The second of the period in which a desktop is pinged. */
    static int slice(UUID desktopId) {
        return Math.floorMod(desktopId.hashCode(), Protocol.PING_SECONDS);
    }

    public Optional<AgentSession> find(UUID desktopId) {
        return Optional.ofNullable(live.get(desktopId));
    }

    public int count() {
        return live.size();
    }

    /** Sends to a desktop; false when it has no live session here. */
    public boolean send(UUID desktopId, ServerMessage message) {
        AgentSession session = live.get(desktopId);
        if (session == null) {
            return false;
        }
        session.send(message);
        return true;
    }

    /** Ends a desktop's session, if it has one here. */
    public void close(UUID desktopId, String reason) {
        find(desktopId).ifPresent(session -> session.close(reason));
    }

    /** Tells every agent to come back later, spread over a while, and ends the sessions. */
    public void drain(String reason, long spreadMillis) {
        List<AgentSession> all = List.copyOf(live.values());
        for (int i = 0; i < all.size(); i++) {
            all.get(i).send(new ServerMessage.GoAway(reason, 500 + spreadMillis * i / all.size()));
            all.get(i).close(reason);
        }
        LOG.info("{} sessions ended: {}", all.size(), reason);
    }

    /** From here on the session is the desktop's; an older one is closed. */
    void put(AgentSession session) {
        AgentSession older = live.put(session.desktopId(), session);
        if (older != null && older != session) {
            older.close("replaced by a newer session");
        }
    }

    void remove(AgentSession session) {
        live.remove(session.desktopId(), session);
    }
}
