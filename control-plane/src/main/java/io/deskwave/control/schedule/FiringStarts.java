package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.Executions;
import io.deskwave.control.execution.Executions.Starter;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.schedule.WaitingFiring.Start;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
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

    /** Others wait for a transaction no longer than this and its last firing. */
    private static final long LONG_ENOUGH_NANOS = Duration.ofMillis(100).toNanos();

    private final Database database;
    private final Executions executions;
    private final PowerJobs power;
    private final FiringTargets targets;
    private final InstantSource clock;
    private final FiringStartStore store = new FiringStartStore();
    private final FiringEndStore endings = new FiringEndStore();

    FiringStarts(
            Database database, Executions executions, PowerJobs power, DesktopStore desktops, InstantSource clock) {
        this.database = database;
        this.executions = executions;
        this.power = power;
        this.targets = new FiringTargets(desktops);
        this.clock = clock;
    }

    /** The number of firings that were started, skipped or failed; 0 when none waits that nobody has in hand. */
    Future<Integer> start(int most) {
        var tried = new ArrayList<WaitingFiring>();
        return executions
                .inOneTransaction(starter -> store.claim(starter.tx(), most).compose(waiting -> {
                    tried.clear();
                    tried.addAll(waiting);
                    return waiting.isEmpty() ? Future.succeededFuture(0) : startAll(starter, waiting);
                }))
                .recover(failure -> {
                    if (Database.isUnavailable(failure) || tried.isEmpty()) {
                        return Future.failedFuture(failure);
                    }
                    return tried.size() == 1 ? giveUp(tried.get(0), failure) : startEach(tried.size());
                });
    }

    private Future<Integer> startEach(int times) {
        return times == 0
                ? Future.succeededFuture(0)
                : start(1).compose(one -> startEach(one == 0 ? 0 : times - 1).map(others -> one + others));
    }

    /** It would fail again, and the task has other firings. */
    private Future<Integer> giveUp(WaitingFiring firing, Throwable failure) {
        LOG.error("firing {} of scheduled task {} cannot be started", firing.id(), firing.taskId(), failure);
        Start failed = firing.failed("it could not be started because of an internal error: look for firing "
                + firing.id() + " in the log of the control plane");
        return database.inTransaction(tx -> write(tx, List.of(failed), List.of(firing)))
                .map(1);
    }

    private Future<Integer> startAll(Starter starter, List<WaitingFiring> waiting) {
        Set<UUID> taskIds = new HashSet<>();
        waiting.forEach(firing -> taskIds.add(firing.taskId()));
        return store.findUnderWay(starter.tx(), taskIds)
                .compose(underWay -> new Batch(starter, new HashSet<>(underWay)).next(waiting.iterator()))
                .compose(starts -> write(starter.tx(), starts, waiting).map(starts.size()));
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
        return store.write(tx, starts, clock.instant())
                .compose(written -> taskIds.isEmpty() ? Future.succeededFuture() : endings.tellTasks(tx, taskIds));
    }

    /** Firings one after the other in one transaction. */
    private final class Batch {
        private final Starter starter;
        private final Set<UUID> underWay;
        private final List<Start> starts = new ArrayList<>();
        private final long begunAt = System.nanoTime();

        Batch(Starter starter, Set<UUID> underWay) {
            this.starter = starter;
            this.underWay = underWay;
        }

        /** A power action locks its desktops: it is the last, so that no two batches wait for each other. */
        Future<List<Start>> next(Iterator<WaitingFiring> waiting) {
            if (!waiting.hasNext() || System.nanoTime() - begunAt > LONG_ENOUGH_NANOS) {
                return Future.succeededFuture(starts);
            }
            WaitingFiring firing = waiting.next();
            return startOne(firing).compose(start -> {
                starts.add(start);
                if (!(start instanceof Start.Nothing)) {
                    underWay.add(firing.taskId());
                }
                return start instanceof Start.Job ? Future.succeededFuture(starts) : next(waiting);
            });
        }

        private Future<Start> startOne(WaitingFiring firing) {
            if (firing.deleted()) {
                return Future.succeededFuture(firing.skipped("the scheduled task was deleted before it was started"));
            }
            if (!firing.enabled()) {
                return Future.succeededFuture(firing.skipped("the scheduled task was disabled before it was started"));
            }
            if (firing.afterRestore()) {
                return Future.succeededFuture(firing.skipped(
                        "the database was restored from a backup, and this may have been started after that"));
            }
            if (firing.desktopIds() == null && underWay.contains(firing.taskId()) && !firing.isForced()) {
                return Future.succeededFuture(
                        firing.skipped(
                                "the execution before is still under way: with force_execute it would be started all the same"));
            }
            return targets.find(starter.tx(), firing)
                    .compose(desktops -> desktops.isEmpty()
                            ? Future.succeededFuture(firing.skipped("the scheduled task applies to no desktop now"))
                            : act(firing, desktops))
                    .recover(failure -> failure instanceof ApiException refused
                            ? Future.succeededFuture(firing.failed(String.valueOf(refused.getMessage())))
                            : Future.failedFuture(failure));
        }

        private Future<Start> act(WaitingFiring firing, List<UUID> desktops) {
            return firing.taskType() == TaskType.EXECUTE_SCRIPT
                    ? starter.start(FiringActions.execution(firing, desktops))
                            .map(accepted -> new Start.Execution(firing.id(), accepted.taskId()))
                    : power.begin(starter.tx(), firing.projectId(), desktops, FiringActions.power(firing))
                            .map(jobId -> new Start.Job(firing.id(), jobId));
        }
    }
}
