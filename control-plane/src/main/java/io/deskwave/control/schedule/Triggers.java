package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.schedule.AbsenceStore.Watch;
import io.deskwave.control.schedule.TriggerStore.Event;
import io.deskwave.control.schedule.TriggerStore.Fired;
import io.deskwave.control.schedule.TriggeredTask.Stored;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes triggers of what happens to desktops, and firings of the triggers whose wait is over: {@link #tick}, called every
 * second on every node. Each step is a few statements whatever the number of desktops, in a transaction of its own; one that
 * fails holds up no other, and a node that dies in it leaves it to the others. The firings are started by who starts firings.
 */
public final class Triggers {
    private static final Logger LOG = LoggerFactory.getLogger(Triggers.class);
    private static final int EVENTS_AT_ONCE = 20_000;
    private static final int WATCHED_AT_ONCE = 2_000;
    private static final UUID BEFORE_ALL = new UUID(0, 0);
    /** An agent that only lost its way is back within this. */
    private static final Duration SHORTEST_ABSENCE = Duration.ofSeconds(90);
    /** Whoever can connect has done so within this, after an outage too. */
    private static final Duration LONGEST_DOUBT = Duration.ofHours(1);

    private static final Duration WATCH_PERIOD = Duration.ofSeconds(5);

    private final Database database;
    private final InstantSource clock;
    private final Supplier<Duration> steadyFor;
    private final TriggerStore store = new TriggerStore();
    private final AbsenceStore absences = new AbsenceStore();
    private final FiringEndStore endings = new FiringEndStore();
    private final Step taking = new Step("make triggers of what happened to desktops");
    private final Step watching = new Step("look for desktops that cannot connect");
    private Instant watchedAt = Instant.EPOCH;

    /** @param steadyFor for how long the database has answered this node without a pause */
    public Triggers(Database database, InstantSource clock, Supplier<Duration> steadyFor) {
        this.database = database;
        this.clock = clock;
        this.steadyFor = steadyFor;
    }

    /** The number of firings that were made. */
    public Future<Integer> tick() {
        // PostgreSQL keeps microseconds.
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        return store.look(database.client(), now).compose(work -> {
            boolean watch =
                    work.watching() && Duration.between(watchedAt, now).abs().compareTo(WATCH_PERIOD) >= 0;
            return (work.events() ? taking.go(this::takeEvents) : Future.<Void>succeededFuture())
                    .compose(taken -> watch ? watching.go(() -> watch(now)) : Future.succeededFuture())
                    .compose(seen -> work.due() || work.events() || watch ? fire(now) : Future.succeededFuture(0));
        });
    }

    private Future<Void> takeEvents() {
        return database.inTransactionAgain(
                        tx -> store.takeEvents(tx, EVENTS_AT_ONCE).compose(events -> make(tx, events)))
                .compose(taken -> taken == EVENTS_AT_ONCE ? takeEvents() : Future.succeededFuture());
    }

    private Future<Integer> make(SqlConnection tx, List<Event> events) {
        if (events.isEmpty()) {
            return Future.succeededFuture(0);
        }
        return store.lockConcerned(tx, events).compose(rows -> {
            Instant now = clock.instant();
            List<TriggeredTask> tasks = armed(rows, now);
            return (tasks.isEmpty() ? Future.<Void>succeededFuture() : store.make(tx, events, tasks))
                    .map(events.size());
        });
    }

    /**
     * Absence proves something only when this node and the database were there for as long: after an outage everybody is
     * away.
     */
    private Future<Void> watch(Instant now) {
        watchedAt = now;
        return watch(now, steadyFor.get(), BEFORE_ALL);
    }

    private Future<Void> watch(Instant now, Duration steady, UUID after) {
        return database.inTransactionAgain(tx -> absences.lockWatching(tx).compose(rows -> {
                    List<Watch> watches = armed(rows, now).stream()
                            .filter(task -> steady.compareTo(doubt(task)) >= 0)
                            .map(task -> new Watch(task, now.minus(absence(task))))
                            .toList();
                    return watches.isEmpty()
                            ? Future.succeededFuture(Optional.<UUID>empty())
                            : absences.make(tx, watches, now, after, WATCHED_AT_ONCE);
                }))
                .compose(
                        last -> last.map(desktop -> watch(now, steady, desktop)).orElseGet(Future::succeededFuture));
    }

    private static Duration absence(TriggeredTask task) {
        return task.delay().compareTo(SHORTEST_ABSENCE) < 0 ? SHORTEST_ABSENCE : task.delay();
    }

    private static Duration doubt(TriggeredTask task) {
        return absence(task).compareTo(LONGEST_DOUBT) < 0 ? absence(task) : LONGEST_DOUBT;
    }

    private Future<Integer> fire(Instant now) {
        return database.inTransactionAgain(tx -> store.lockDue(tx, now).compose(due -> {
            if (due.isEmpty()) {
                return Future.succeededFuture(0);
            }
            List<UUID> held = due.stream().map(Stored::id).toList();
            List<Stored> enabled = due.stream().filter(Stored::enabled).toList();
            return store.fire(tx, held, armed(enabled, now), now)
                    .compose(fired -> tellMissed(tx, fired).map(fired.size()));
        }));
    }

    private Future<Void> tellMissed(SqlConnection tx, List<Fired> fired) {
        Set<UUID> missed =
                fired.stream().filter(Fired::missed).map(Fired::taskId).collect(Collectors.toSet());
        return missed.isEmpty() ? Future.succeededFuture() : endings.tellTasks(tx, missed);
    }

    /** Those that are not over. One that cannot be read is left out, and hinders no other. */
    private static List<TriggeredTask> armed(List<Stored> rows, Instant now) {
        return rows.stream()
                .flatMap(row -> read(row).stream())
                .filter(task -> !task.isOver(now))
                .toList();
    }

    private static Optional<TriggeredTask> read(Stored row) {
        try {
            return Optional.of(TriggeredTask.of(row));
        } catch (RuntimeException e) {
            LOG.warn("scheduled task {} cannot be triggered: {}", row.id(), e.toString());
            return Optional.empty();
        }
    }

    /** A deleted desktop's triggers go with it, in the transaction that deletes it. */
    public Future<Void> desktopGone(SqlConnection tx, UUID desktopId) {
        return store.desktopGone(tx, desktopId);
    }
}
