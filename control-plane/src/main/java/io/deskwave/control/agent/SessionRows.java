package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.GroupedCalls;
import io.deskwave.control.desktop.NetworkStore;
import io.deskwave.control.desktop.SessionStore;
import io.deskwave.control.desktop.SessionStore.Arrival;
import io.deskwave.control.desktop.SessionStore.HostChange;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.control.execution.Assignments;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node's sessions write to the database and ask of it, in groups: an agent that comes, goes or tells of its machine
 * costs no statement of its own. Used on one event loop.
 */
final class SessionRows {
    private static final Logger LOG = LoggerFactory.getLogger(SessionRows.class);
    /** A round trip waits for the event loop, which a fleet that comes back keeps busy: few large groups, then. */
    private static final int GROUP = 1024;

    private static final long AGAIN_MILLIS = 2_000;
    /** Of more than so many at once only the number is logged. */
    private static final int NAMED = 8;

    private final Vertx vertx;
    private final Database database;
    private final SessionStore store;
    private final NetworkStore networks = new NetworkStore();
    private final Assignments assignments;
    private final Consumer<Set<UUID>> onReady;
    private final Neighbours neighbours;
    private final UUID nodeId;
    private final GroupedCalls<Arrival, Optional<Connected>> arrivals;
    private final GroupedCalls<Session, Boolean> ready;
    private final GroupedCalls<Session, Boolean> departures;
    private final GroupedCalls<HostChange, Boolean> hosts;

    /** @param onReady called once a group with those of its desktops that are taken and have to be told by what */
    SessionRows(
            Vertx vertx,
            Database database,
            SessionStore store,
            Assignments assignments,
            Consumer<Set<UUID>> onReady,
            Neighbours neighbours,
            UUID nodeId) {
        this.vertx = vertx;
        this.database = database;
        this.store = store;
        this.assignments = assignments;
        this.onReady = onReady;
        this.neighbours = neighbours;
        this.nodeId = nodeId;
        this.arrivals = new GroupedCalls<>(GROUP, Arrival::desktopId, this::connectAll);
        this.ready = new GroupedCalls<>(GROUP, Session::desktopId, this::readyAll);
        this.departures = new GroupedCalls<>(GROUP, Session::desktopId, this::disconnectAll);
        this.hosts = new GroupedCalls<>(GROUP, change -> change.session().desktopId(), this::updateAll);
    }

    /** @param taken whether a record has the desktop, from before this session */
    record Connected(Session session, boolean taken) {}

    /** Empty when the desktop was deleted, or has another key by now. */
    Future<Optional<Connected>> connect(Arrival arrival) {
        return arrivals.ask(arrival);
    }

    /**
     * The session can be sent to from now on: what was claimed for the desktop before that is told now. Where a newer one has
     * begun, or the desktop was deleted, before this one could hear of it, it ends.
     */
    void ready(Session session) {
        ready.ask(session)
                .onFailure(failure ->
                        LOG.warn("the work of desktop {} cannot be told now: {}", session.desktopId(), failure));
    }

    /** Said until it is stored: a desktop that only seems to be there would be given work. A newer session is not hurt. */
    void disconnect(Session session) {
        departures.ask(session).onFailure(failure -> {
            LOG.debug("that desktop {} is gone is stored later: {}", session.desktopId(), failure.toString());
            vertx.setTimer(AGAIN_MILLIS, id -> disconnect(session));
        });
    }

    /** False when the session is not the desktop's newest, or has ended. */
    Future<Boolean> updateHost(HostChange change) {
        return hosts.ask(change);
    }

    private Future<List<Optional<Connected>>> connectAll(List<Arrival> group) {
        return store.connect(database.client(), nodeId, group).compose(arrived -> {
            neighbours.moved(arrived.moved());
            Set<Session> sessions = arrived.sessions();
            Map<UUID, Session> byDesktop = new HashMap<>();
            sessions.forEach(session -> byDesktop.put(session.desktopId(), session));
            return keepNetworks(hosts(group, byDesktop))
                    .compose(kept -> assignments.findTaken(byDesktop.keySet()))
                    .map(taken -> group.stream()
                            .map(arrival -> Optional.ofNullable(byDesktop.get(arrival.desktopId()))
                                    .map(session -> new Connected(session, taken.contains(session.desktopId()))))
                            .toList())
                    .recover(failure -> giveBack(sessions, failure));
        });
    }

    private static List<HostChange> hosts(List<Arrival> group, Map<UUID, Session> byDesktop) {
        return group.stream()
                .flatMap(arrival -> Optional.ofNullable(byDesktop.get(arrival.desktopId()))
                        .map(session -> new HostChange(session, arrival.host()))
                        .stream())
                .toList();
    }

    /** Where that fails the desktop can do its work all the same: it is told again with its next change, or hello. */
    private Future<Void> keepNetworks(List<HostChange> said) {
        return networks.replace(database.client(), said).recover(failure -> {
            LOG.warn("the networks of {} desktops cannot be stored now: {}", said.size(), failure.toString());
            return Future.succeededFuture();
        });
    }

    /** Desktops that are not welcomed must not stand there as connected. */
    private <T> Future<T> giveBack(Collection<Session> sessions, Throwable failure) {
        sessions.forEach(this::disconnect);
        return Future.failedFuture(failure);
    }

    /** Where it cannot be found who is taken, each is looked up by itself, and again until that succeeds. */
    private Future<List<Boolean>> readyAll(List<Session> group) {
        List<UUID> desktopIds = group.stream().map(Session::desktopId).toList();
        say("connected", desktopIds);
        neighbours.leaveOutdated(group);
        return assignments
                .findTaken(desktopIds)
                .otherwise(Set.copyOf(desktopIds))
                .map(taken -> {
                    onReady.accept(taken);
                    return desktopIds.stream().map(taken::contains).toList();
                });
    }

    private Future<List<Boolean>> disconnectAll(List<Session> group) {
        return store.disconnect(database.client(), group).map(ended -> {
            say("disconnected", group.stream().map(Session::desktopId).toList());
            return group.stream().map(ended::contains).toList();
        });
    }

    /** One line a group, with the names only where somebody reads them. */
    private static void say(String what, List<UUID> desktopIds) {
        if (desktopIds.size() <= NAMED) {
            desktopIds.forEach(id -> LOG.info("desktop {} {}", id, what));
        } else {
            LOG.info("{} desktops {}", desktopIds.size(), what);
            LOG.debug("{}: {}", what, desktopIds);
        }
    }

    private Future<List<Boolean>> updateAll(List<HostChange> group) {
        return store.updateHosts(database.client(), group)
                .compose(changed -> keepNetworks(group).map(kept -> group.stream()
                        .map(change -> changed.contains(change.session()))
                        .toList()));
    }
}
