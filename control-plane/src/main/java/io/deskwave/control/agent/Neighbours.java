package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.GroupedCalls;
import io.deskwave.control.desktop.SessionStore;
import io.deskwave.control.desktop.SessionStore.Moved;
import io.deskwave.control.desktop.SessionStore.Session;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nodes tell each other of sessions, over NOTIFY: that a desktop has come in elsewhere or was deleted, and whether the
 * session of another process with the same identity answers. What is lost is found again by the sessions' epochs, and a
 * question without an answer has the answer no. Used on one event loop.
 */
public final class Neighbours {
    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);
    private static final String CHANNEL = "deskwave_sessions";
    private static final long ALIVE_WITHIN_MILLIS = 3_000;
    private static final long ANSWER_WITHIN_MILLIS = ALIVE_WITHIN_MILLIS + 1_000;
    /** A payload must stay below 8,000 bytes; an id with its epoch takes up to 57. */
    private static final int DESKTOPS_PER_PAYLOAD = 120;

    private static final int GROUP = 256;

    private final Vertx vertx;
    private final Database database;
    private final SessionStore store;
    private final AgentSessions sessions;
    private final UUID nodeId;
    private final GroupedCalls<String, Boolean> telling;
    private final Map<Question, Promise<Boolean>> asked = new HashMap<>();

    /** @param instanceId of the process that wants to come in */
    private record Question(UUID desktopId, UUID instanceId) {}

    public Neighbours(Vertx vertx, Database database, SessionStore store, AgentSessions sessions, UUID nodeId) {
        this.vertx = vertx;
        this.database = database;
        this.store = store;
        this.sessions = sessions;
        this.nodeId = nodeId;
        this.telling = new GroupedCalls<>(
                GROUP, Function.identity(), payloads -> Database.announce(database.client(), CHANNEL, payloads)
                        .map(told -> payloads.stream().map(payload -> true).toList()));
    }

    public void start() {
        database.listen(CHANNEL, this::heard, () -> leaveOutdated(sessions.list()));
    }

    /** Whether another node's session of this desktop, of another process than this one, answers within a few seconds. */
    Future<Boolean> isAlive(UUID node, UUID desktopId, UUID instanceId) {
        var question = new Question(desktopId, instanceId);
        Promise<Boolean> open = asked.get(question);
        if (open != null) {
            return open.future();
        }
        Promise<Boolean> answer = Promise.promise();
        asked.put(question, answer);
        long patience = vertx.setTimer(ANSWER_WITHIN_MILLIS, id -> answer.tryComplete(false));
        tell("ask", node, nodeId, desktopId, instanceId);
        return answer.future().onComplete(answered -> {
            asked.remove(question);
            vertx.cancelTimer(patience);
        });
    }

    /** Desktops have come in here that other nodes held: theirs are the older sessions. */
    void moved(List<Moved> moved) {
        moved.stream()
                .filter(one -> !one.from().equals(nodeId))
                .collect(Collectors.groupingBy(Moved::from))
                .forEach((from, some) -> {
                    for (int i = 0; i < some.size(); i += DESKTOPS_PER_PAYLOAD) {
                        tell("moved", from, texts(some.subList(i, Math.min(some.size(), i + DESKTOPS_PER_PAYLOAD))));
                    }
                });
    }

    private static String texts(List<Moved> some) {
        return some.stream()
                .map(one -> one.session().desktopId() + ":" + one.session().epoch())
                .collect(Collectors.joining(","));
    }

    /** In the transaction that deletes it: wherever its session is, it ends when that commits, whatever becomes of this node. */
    public Future<Void> deleting(SqlConnection tx, UUID desktopId) {
        return Database.announce(tx, CHANNEL, List.of(payload("deleted", "", desktopId)));
    }

    /** In the transaction that gives it to another machine: wherever its older session is, it ends when that commits. */
    public Future<Void> replacing(SqlConnection tx, Session usedUp) {
        return Database.announce(tx, CHANNEL, List.of(payload("moved", "", usedUp.desktopId() + ":" + usedUp.epoch())));
    }

    /** Its session, if it is here, ends now. */
    public void deleted(UUID desktopId) {
        sessions.close(desktopId, "the desktop was deleted");
    }

    private void tell(Object... parts) {
        telling.ask(payload(parts))
                .onFailure(failure -> LOG.warn("the other nodes cannot be told now: {}", failure.toString()));
    }

    private static String payload(Object... parts) {
        var texts = new ArrayList<String>();
        for (Object part : parts) {
            texts.add(part.toString());
        }
        return String.join("|", texts);
    }

    private void heard(String payload) {
        String[] parts = payload.split("\\|", -1);
        if (parts.length < 3 || !(parts[1].isEmpty() || parts[1].equals(nodeId.toString()))) {
            return;
        }
        switch (parts[0]) {
            case "ask" -> answer(UUID.fromString(parts[2]), UUID.fromString(parts[3]), UUID.fromString(parts[4]));
            case "answer" -> answered(UUID.fromString(parts[2]), UUID.fromString(parts[3]), parts[4].equals("alive"));
            case "moved" -> leave(parts[2]);
            case "deleted" -> deleted(UUID.fromString(parts[2]));
            default -> LOG.debug("another node says what this one does not know: {}", parts[0]);
        }
    }

    private void answer(UUID asker, UUID desktopId, UUID instanceId) {
        sessions.isOtherAlive(vertx, desktopId, instanceId, ALIVE_WITHIN_MILLIS)
                .onSuccess(alive -> tell("answer", asker, desktopId, instanceId, alive ? "alive" : "gone"))
                .onFailure(failure -> LOG.warn("whether desktop {} answers is not known: {}", desktopId, failure));
    }

    private void answered(UUID desktopId, UUID instanceId, boolean alive) {
        Promise<Boolean> open = asked.get(new Question(desktopId, instanceId));
        if (open != null) {
            open.tryComplete(alive);
        }
    }

    private void leave(String moved) {
        for (String one : moved.split(",", -1)) {
            int colon = one.indexOf(':');
            sessions.leaveOlder(UUID.fromString(one.substring(0, colon)), Long.parseLong(one.substring(colon + 1)));
        }
    }

    /**
     * Of these sessions of this node the rows tell which have moved meanwhile, or whose desktops were deleted: where
     * notifications were lost, or may have come before the session was live.
     */
    void leaveOutdated(List<Session> mine) {
        store.findNewer(database.client(), mine)
                .onSuccess(newer -> newer.forEach(session -> sessions.leaveOlder(session.desktopId(), session.epoch())))
                .onFailure(failure -> LOG.warn("cannot look for sessions that have moved: {}", failure.toString()));
    }
}
