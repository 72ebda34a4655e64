package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the transactions of this room and rings after each: other nodes through NOTIFY, which PostgreSQL delivers with the
 * commit, this node directly.
 */
public final class Changes {
    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

    /** A NOTIFY payload must stay below 8,000 bytes; an id takes 37. */
    private static final int TASKS_PER_PAYLOAD = 200;

    /** A transaction that lost a deadlock did nothing, and is done again. */
    private static final int TRIES = 4;

    private static final String CHANNEL = "deskwave_executions";

    private final Database database;
    private final String node;
    private final List<Ring> rings = new CopyOnWriteArrayList<>();
    private final AtomicLong worksRung = new AtomicLong();

    public Changes(Database database, UUID nodeId) {
        this.database = database;
        this.node = nodeId.toString();
    }

    public void onRing(Ring ring) {
        rings.add(ring);
    }

    /** Hears the other nodes. After a lost connection everything may have changed, so work is looked for again. */
    public void listen() {
        database.listen(CHANNEL, this::heard, () -> ring(Set.of(), true));
    }

    Database database() {
        return database;
    }

    /**
     * What a transaction did: its result, the tasks it changed, and whether a desktop may have something to do now.
     *
     * @param freed whether it gave desktops free: what another transaction made for them meanwhile it may not have seen
     */
    record Change<T>(T result, Set<UUID> taskIds, boolean work, boolean freed) {
        Change {
            taskIds = Set.copyOf(taskIds);
        }

        Change(T result, Set<UUID> taskIds, boolean work) {
            this(result, taskIds, work, false);
        }
    }

    <T> Future<T> commit(Function<SqlConnection, Future<Change<T>>> work) {
        return commit(work, TRIES);
    }

    private <T> Future<T> commit(Function<SqlConnection, Future<Change<T>>> work, int tries) {
        long before = worksRung.get();
        return database.inTransaction(
                        tx -> work.apply(tx).compose(change -> tell(tx, change).map(change)))
                .map(change -> {
                    boolean unseen = !change.work() && change.freed() && worksRung.get() != before;
                    if (unseen) {
                        tellOthers();
                    }
                    ring(change.taskIds(), change.work() || unseen);
                    return change.result();
                })
                .recover(failure -> tries > 1 && Database.isDeadlock(failure)
                        ? commit(work, tries - 1)
                        : Future.failedFuture(failure));
    }

    private <T> Future<Void> tell(SqlConnection tx, Change<T> change) {
        if (change.taskIds().isEmpty() && !change.work()) {
            return Future.succeededFuture();
        }
        var payloads = new ArrayList<String>();
        var tasks = new ArrayList<>(change.taskIds());
        for (int from = 0; from == 0 || from < tasks.size(); from += TASKS_PER_PAYLOAD) {
            payloads.add(payload(tasks.subList(from, Math.min(tasks.size(), from + TASKS_PER_PAYLOAD)), change.work()));
        }
        return Database.announce(tx, CHANNEL, payloads);
    }

    /** A desktop that was given free may be another node's by now. */
    private void tellOthers() {
        Database.announce(database.client(), CHANNEL, List.of(payload(List.of(), true)))
                .onFailure(failure -> LOG.debug("the other nodes find it at their next look: {}", failure.toString()));
    }

    private String payload(List<UUID> tasks, boolean work) {
        return node + "|" + (work ? "work" : "") + "|"
                + String.join(",", tasks.stream().map(UUID::toString).toList());
    }

    private void heard(String payload) {
        String[] parts = payload.split("\\|", -1);
        if (parts.length != 3 || parts[0].equals(node)) {
            return;
        }
        var tasks = new HashSet<UUID>();
        for (String id : parts[2].split(",", -1)) {
            if (!id.isEmpty()) {
                tasks.add(UUID.fromString(id));
            }
        }
        ring(tasks, !parts[1].isEmpty());
    }

    private void ring(Set<UUID> taskIds, boolean work) {
        if (work) {
            worksRung.incrementAndGet();
        }
        if (!taskIds.isEmpty() || work) {
            rings.forEach(ring -> ring.rung(taskIds, work));
        }
    }
}
