package io.deskwave.control.agent;

import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ServerMessage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The live sessions of this node: at most one a desktop. Used on one event loop. */
public final class AgentSessions {
    private static final Logger LOG = LoggerFactory.getLogger(AgentSessions.class);

    /** Half of what a node was seen to take in: it has other things to do as well. */
    private static final int COME_BACK_PER_SECOND = 1_000;

    private static final long LONGEST_SPREAD_MILLIS = 60_000;
    private static final long RESTART_MILLIS = 5_000;
    private static final long SOONEST_MILLIS = 200;

    /** A slice of 15,000 sessions is 38: to ping them all takes a few milliseconds, in which nobody else is heard. */
    private static final int SLICE_MILLIS = 50;

    static final int SLICES = Protocol.PING_SECONDS * 1000 / SLICE_MILLIS;

    private final Map<UUID, AgentSession> live = new HashMap<>();
    private final Map<Integer, Set<AgentSession>> slices = new HashMap<>();
    private int slice;

    /**
     * Looks at every session once a period, a slice of them at a time: pings those that were silent, and gives them up when
     * they go on to be; one timer for all.
     */
    public void start(Vertx vertx) {
        vertx.setPeriodic(SLICE_MILLIS, id -> {
            slice = (slice + 1) % SLICES;
            long now = System.nanoTime();
            List.copyOf(slices.getOrDefault(slice, Set.of())).forEach(session -> session.pingOrGiveUp(now));
        });
    }

    /** When in the period a desktop is pinged. */
    static int slice(UUID desktopId) {
        return Math.floorMod(desktopId.hashCode(), SLICES);
    }

    public Optional<AgentSession> find(UUID desktopId) {
        return Optional.ofNullable(live.get(desktopId));
    }

    public int count() {
        return live.size();
    }

    /** Sends in a session of a desktop; false when that is not the one that is live here. */
    public boolean send(UUID desktopId, long epoch, ServerMessage message) {
        AgentSession session = live.get(desktopId);
        if (session == null || !session.session().equals(Optional.of(new Session(desktopId, epoch)))) {
            return false;
        }
        session.send(message);
        return true;
    }

    /** Those that are live, as the database knows them. */
    List<Session> list() {
        return live.values().stream()
                .flatMap(session -> session.session().stream())
                .toList();
    }

    /** Whether a desktop has a session here, of another process than this one, that answers in time; if not, it is given up. */
    Future<Boolean> isOtherAlive(Vertx vertx, UUID desktopId, UUID instanceId, long withinMillis) {
        AgentSession other = live.get(desktopId);
        if (other == null || other.instanceId().equals(instanceId)) {
            return Future.succeededFuture(false);
        }
        return other.isAlive(vertx, withinMillis).map(alive -> {
            if (!alive) {
                other.giveUp("no answer, and a newer process has come");
            }
            return alive;
        });
    }

    /** The desktop has come in elsewhere, in the session with this epoch: an older one here ends. */
    void leaveOlder(UUID desktopId, long epoch) {
        find(desktopId)
                .filter(session -> session.session().stream().anyMatch(mine -> mine.epoch() < epoch))
                .ifPresent(session -> session.leave("replaced by a newer session"));
    }

    /** Ends a desktop's session, if it has one here. */
    public void close(UUID desktopId, String reason) {
        find(desktopId).ifPresent(session -> session.close(reason));
    }

    /**
     * Tells every agent when to come back, one after the other, and ends the sessions.
     *
     * @param elsewhere whether there is another node that takes them; if not, this one needs time to start again
     * @param together  how many event loops of this process do this at the same time
     */
    public void sendAway(String reason, boolean elsewhere, int together) {
        List<AgentSession> all = List.copyOf(live.values());
        long spreadMillis = spreadMillis(all.size() * together, elsewhere);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).send(new ServerMessage.GoAway(reason, SOONEST_MILLIS + spreadMillis * i / all.size()));
            all.get(i).leaveInOrder(reason);
        }
        LOG.info("{} sessions ended, to come back within {} ms: {}", all.size(), spreadMillis, reason);
    }

    static long spreadMillis(int agents, boolean elsewhere) {
        long needed = Math.min(LONGEST_SPREAD_MILLIS, agents * 1000L / COME_BACK_PER_SECOND);
        return elsewhere ? needed : Math.max(RESTART_MILLIS, needed);
    }

    /** From here on the session is the desktop's; an older one is closed. */
    void put(AgentSession session) {
        AgentSession older = live.put(session.desktopId(), session);
        Set<AgentSession> pingedTogether =
                slices.computeIfAbsent(slice(session.desktopId()), slice -> new LinkedHashSet<>());
        pingedTogether.add(session);
        if (older != null && older != session) {
            pingedTogether.remove(older);
            older.leave("replaced by a newer session");
        }
    }

    void remove(AgentSession session) {
        if (live.remove(session.desktopId(), session)) {
            slices.getOrDefault(slice(session.desktopId()), Set.of()).remove(session);
        }
    }
}
