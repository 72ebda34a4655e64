package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.Executions;
import io.deskwave.control.execution.Executions.Starter;
import io.deskwave.control.schedule.WaitingFiring.Start;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the firings that are written down: what a firing makes and the word that it was started are one transaction, so that
 * it is started once, by whichever node comes first. Some share a transaction; one that fails by itself fails alone.
 */
final class FiringStarts {
    private static final Logger LOG = LoggerFactory.getLogger(FiringStarts.class);
    private static final int TRIES = 4;
    /** A statement that is ended for its length has taken 30 s. */
    private static final Duration REST = Duration.ofSeconds(20);

    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final Database database;
    private final Executions executions;
    private final PowerJobs power;
    private final FiringTargets targets;
    private final InstantSource clock;
    private final FiringStartStore store = new FiringStartStore();
    private final Map<UUID, Tried> failing = new HashMap<>();
    private final FiringEndStore endings = new FiringEndStore();

    FiringStarts(
            Database database, Executions executions, PowerJobs power, DesktopStore desktops, InstantSource clock) {
        this.database = database;
        this.executions = executions;
        this.power = power;
        this.targets = new FiringTargets(desktops);
        this.clock = clock;
    }

    /** How often one firing alone could not be started, and when it is tried again. */
    private record Tried(int times, Instant again) {}

    /** The number of firings that were started, skipped or failed; 0 when none waits that nobody has in hand. */
    Future<Integer> start(int most) {
        var tried = new ArrayList<WaitingFiring>();
        List<UUID> resting = resting();
        return executions
                .inOneTransaction(
                        starter -> store.claim(starter.tx(), resting, most).compose(waiting -> {
                            tried.clear();
                            tried.addAll(waiting);
                            return startAll(starter, waiting);
                        }))
                .onSuccess(started -> tried.forEach(firing -> failing.remove(firing.id())))
                .recover(failure -> {
                    // One that is too large for the database is no outage: it fails alone.
                    if (Database.isAway(failure) || Database.isDiskFull(failure) || tried.isEmpty()) {
                        return Future.failedFuture(failure);
                    }
                    return tried.size() == 1 ? failed(tried.get(0), failure) : startEach(tried.size());
                });
    }

    private List<UUID> resting() {
        Instant now = clock.instant();
        failing.values().removeIf(tried -> tried.again().plus(REMEMBERED).isBefore(now)); // by another node, perhaps
        return failing.entrySet().stream()
                .filter(each -> each.getValue().again().isAfter(now))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** What may pass is tried again, and keeps nobody waiting meanwhile. */
    private Future<Integer> failed(WaitingFiring firing, Throwable failure) {
        Tried before = failing.get(firing.id());
        int times = before == null ? 1 : before.times() + 1;
        if (times >= TRIES || !(Database.isUnavailable(failure) || Database.isDeadlock(failure))) {
            return giveUp(firing, failure).onSuccess(given -> failing.remove(firing.id()));
        }
        failing.put(firing.id(), new Tried(times, clock.instant().plus(REST)));
        LOG.warn("firing {} of scheduled task {} could not be started: {}", firing.id(), firing.taskId(), failure);
        return Future.succeededFuture(1);
    }

    private Future<Integer> startEach(int times) {
        return times == 0
                ? Future.succeededFuture(0)
                : start(1).compose(one -> startEach(one == 0 ? 0 : times - 1).map(others -> one + others));
    }

    /** It would fail again, and the task has other firings. */
    private Future<Integer> giveUp(WaitingFiring firing, Throwable failure) {
        LOG.error("firing {} of scheduled task {} cannot be started", firing.id(), firing.taskId(), failure);
        Start failed = firing.failed("it could not be started because of an internal error (if it is large, name fewer"
                + " desktops or scripts): look for firing " + firing.id() + " in the log of the control plane");
        return database.inTransaction(tx -> write(tx, List.of(failed), List.of(firing)))
                .map(1);
    }

    /** One project after the other, until desktops are locked or it is enough; the others are left to the next transaction. */
    private Future<Integer> startAll(Starter starter, List<WaitingFiring> waiting) {
        Map<String, List<WaitingFiring>> byProject = waiting.stream()
                .collect(Collectors.groupingBy(WaitingFiring::projectId, LinkedHashMap::new, Collectors.toList()));
        return startNext(starter, byProject.entrySet().iterator(), 0);
    }

    private Future<Integer> startNext(
            Starter starter, Iterator<Map.Entry<String, List<WaitingFiring>>> projects, int before) {
        if (!projects.hasNext()) {
            return Future.succeededFuture(before);
        }
        Map.Entry<String, List<WaitingFiring>> project = projects.next();
        return startAll(starter, project.getKey(), project.getValue()).compose(starts -> {
            boolean enough =
                    starts.size() < project.getValue().size() || starts.stream().anyMatch(Start.Job.class::isInstance);
            int some = before + starts.size();
            return enough ? Future.succeededFuture(some) : startNext(starter, projects, some);
        });
    }

    private Future<List<Start>> startAll(Starter starter, String projectId, List<WaitingFiring> firings) {
        Set<UUID> taskIds = firings.stream().map(WaitingFiring::taskId).collect(Collectors.toSet());
        return store.findUnderWay(starter.tx(), taskIds)
                .compose(underWay ->
                        new FiringBatch(starter, power, targets, underWay, clock.instant()).start(projectId, firings))
                .compose(starts -> write(starter.tx(), starts, firings).map(starts));
    }

    /** With the last status of the tasks whose firings ended at once. */
    private Future<Void> write(SqlConnection tx, List<Start> starts, List<WaitingFiring> waiting) {
        Set<UUID> ended = starts.stream()
                .filter(Start.Nothing.class::isInstance)
                .map(Start::firingId)
                .collect(Collectors.toSet());
        Set<UUID> taskIds = waiting.stream()
                .filter(firing -> ended.contains(firing.id()))
                .map(WaitingFiring::taskId)
                .collect(Collectors.toSet());
        return Database.withPlansKept(tx, () -> store.write(tx, starts, clock.instant()))
                .compose(written -> taskIds.isEmpty() ? Future.succeededFuture() : endings.tellTasks(tx, taskIds));
    }
}
