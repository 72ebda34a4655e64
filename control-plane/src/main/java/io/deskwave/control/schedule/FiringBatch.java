package io.deskwave.control.schedule;

import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.ExecutionRequest;
import io.deskwave.control.execution.Executions.Started;
import io.deskwave.control.execution.Executions.Starter;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.schedule.WaitingFiring.Start;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Firings of one project that are started in one transaction: what they apply to is looked up for all of them, the scripts are
 * started together, then the power actions, whose desktops are locked at once, so that no two batches wait for each other.
 */
final class FiringBatch {
    /** A batch in which so many desktops are named is large enough: the rest is left to the next. */
    private static final int MANY_DESKTOPS = 2000;

    /** Longer than a start waits for many others, or is tried. */
    private static final Duration SLOW = Duration.ofMinutes(5);

    private final Starter starter;
    private final PowerJobs power;
    private final FiringTargets targets;
    private final Set<UUID> underWay;
    private final Instant now;
    private final List<Start> starts = new ArrayList<>();
    private final List<WaitingFiring> scripts = new ArrayList<>();
    private final List<ExecutionRequest> requests = new ArrayList<>();
    private final List<WaitingFiring> actions = new ArrayList<>();
    private final List<PowerJobs.Order> orders = new ArrayList<>();

    /** @param underWay the tasks that have a firing which was started and has not ended */
    FiringBatch(Starter starter, PowerJobs power, FiringTargets targets, Set<UUID> underWay, Instant now) {
        this.starter = starter;
        this.power = power;
        this.targets = targets;
        this.underWay = new HashSet<>(underWay);
        this.now = now;
    }

    /** What came of those that were started, skipped or failed; those that are missing are left for later. */
    Future<List<Start>> start(String projectId, List<WaitingFiring> firings) {
        return targets.look(starter.tx(), projectId, firings)
                .compose(lookup -> plan(lookup, firings.iterator(), 0))
                .compose(planned -> startScripts())
                .compose(done -> startActions(projectId))
                .map(starts);
    }

    private Future<Void> plan(FiringTargets.Lookup lookup, Iterator<WaitingFiring> firings, int desktops) {
        if (desktops > MANY_DESKTOPS || !firings.hasNext()) {
            return Future.succeededFuture();
        }
        WaitingFiring firing = firings.next();
        return lookup.desktops(firing).compose(its -> {
            try {
                plan(firing, its);
            } catch (ApiException e) {
                starts.add(firing.failed(String.valueOf(e.getMessage())));
            }
            return plan(lookup, firings, desktops + its.size());
        });
    }

    private void plan(WaitingFiring firing, List<UUID> desktops) {
        if (firing.deleted()) {
            starts.add(firing.skipped("the scheduled task was deleted before it was started"));
        } else if (!firing.enabled()) {
            starts.add(firing.skipped("the scheduled task was disabled before it was started"));
        } else if (firing.afterRestore()) {
            starts.add(firing.skipped(
                    "the database was restored from a backup, and this may have been started after that"));
        } else if (tooLate(firing).isPresent()) {
            starts.add(firing.skipped(tooLate(firing).get()));
        } else if (firing.desktopIds() == null && underWay.contains(firing.taskId()) && !firing.isForced()) {
            starts.add(firing.skipped(
                    "the execution before is still under way: with force_execute it would be started all the same"));
        } else if (desktops.isEmpty()) {
            starts.add(firing.skipped(
                    firing.desktopIds() == null
                            ? "the scheduled task applies to no desktop now"
                            : "what triggered it was over before it was started: somebody works there again, or the"
                                    + " desktop is back, detached or deleted"));
        } else if (firing.taskType() == TaskType.EXECUTE_SCRIPT) {
            requests.add(FiringActions.execution(firing, desktops));
            scripts.add(firing);
            underWay.add(firing.taskId());
        } else {
            orders.add(new PowerJobs.Order(desktops, FiringActions.power(firing)));
            actions.add(firing);
            underWay.add(firing.taskId());
        }
    }

    /** Between being written down and being started there may be an outage, too. */
    private Optional<String> tooLate(WaitingFiring firing) {
        JsonObject request = firing.request();
        ZoneId zone = Zones.parse(Timing.TIME_ZONE, request.getString(Timing.TIME_ZONE, Zones.WHEN_ABSENT));
        if (firing.plannedAt().plus(SLOW).isBefore(now)
                && Timing.of(request, null, now).isOver(now)) {
            return Optional.of("it was missed, and its expire_time is over");
        }
        if (firing.desktopIds() == null) {
            return Misfire.of(request).reasonToSkip(firing.plannedAt(), null, now, zone);
        }
        Duration period =
                Duration.ofMinutes(request.getInteger(LifeCycles.PERIOD, LifeCycles.DEFAULT_EXECUTION_MINUTES));
        return firing.plannedAt().plus(period).isAfter(now)
                ? Optional.empty()
                : Optional.of("it could not be started before its life_cycle_exec_period of " + period.toMinutes()
                        + " minutes was over");
    }

    private Future<Void> startScripts() {
        return requests.isEmpty()
                ? Future.succeededFuture()
                : starter.start(requests).map(all -> {
                    for (int i = 0; i < all.size(); i++) {
                        starts.add(start(scripts.get(i), all.get(i)));
                    }
                    return null;
                });
    }

    private static Start start(WaitingFiring firing, Started started) {
        return started.refused() == null
                ? new Start.Execution(firing.id(), started.taskId())
                : firing.failed(String.valueOf(started.refused().getMessage()));
    }

    private Future<Void> startActions(String projectId) {
        return orders.isEmpty()
                ? Future.succeededFuture()
                : power.begin(starter.tx(), projectId, orders).map(jobIds -> {
                    for (int i = 0; i < jobIds.size(); i++) {
                        starts.add(new Start.Job(actions.get(i).id(), jobIds.get(i)));
                    }
                    return null;
                });
    }
}
