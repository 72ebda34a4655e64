package io.deskwave.control.execution;

import io.deskwave.control.execution.LimitStore.Crowded;
import io.deskwave.control.execution.LimitStore.Load;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Refuses tasks and retries that would bring more under way than the {@link Limits} allow. Transactions that run side by
 * side do not see each other, so that a limit may be passed by one task for each of a node's connections to the database.
 */
final class Crowding {
    /** How many scripts a task may have; a scheduled one has more than a request. */
    private static final int MOST_SCRIPTS = 100;

    private static final int NAMED = 3;

    private final Limits limits;
    private final LimitStore store = new LimitStore();

    Crowding(Limits limits) {
        this.limits = limits;
    }

    /** Before a task is inserted that has so many records for each of the desktops. */
    Future<Void> checkTask(SqlConnection tx, String projectId, List<UUID> desktopIds, int records) {
        return store.countOpenTasks(tx, projectId, limits.openTasks()).compose(open -> {
            if (open >= limits.openTasks()) {
                throw tooManyTasks();
            }
            return checkDesktops(tx, projectId, open, desktopIds, records);
        });
    }

    /** The same for several tasks that are inserted together: by their ids why they are refused. */
    Future<Map<UUID, ApiException>> checkTasks(SqlConnection tx, String projectId, List<TaskStore.NewTask> tasks) {
        Set<UUID> desktopIds = new HashSet<>();
        tasks.forEach(task -> desktopIds.addAll(task.desktopIds()));
        int records = tasks.stream().mapToInt(TaskStore.NewTask::scripts).sum();
        return store.countOpenTasks(tx, projectId, limits.openTasks())
                .compose(open -> (open * MOST_SCRIPTS + records <= limits.desktopRecords()
                                ? Future.succeededFuture(Map.<UUID, Load>of())
                                : store.countRecords(tx, desktopIds, limits.desktopRecords()))
                        .map(loads -> crowded(tasks, limits.openTasks() - open, loads)));
    }

    private Map<UUID, ApiException> crowded(List<TaskStore.NewTask> tasks, long room, Map<UUID, Load> loads) {
        Map<UUID, ApiException> refused = new HashMap<>();
        Map<UUID, Long> records = new HashMap<>();
        loads.forEach((id, load) -> records.put(id, load.records()));
        long left = room;
        for (TaskStore.NewTask task : tasks) {
            int more = task.scripts();
            List<UUID> full = task.desktopIds().stream()
                    .filter(id -> records.getOrDefault(id, 0L) + more > limits.desktopRecords())
                    .toList();
            if (left <= 0) {
                refused.put(task.id(), tooManyTasks());
            } else if (!full.isEmpty()) {
                refused.put(task.id(), tooManyRecords(crowded(full, records, loads), more));
            } else {
                left--;
                task.desktopIds().forEach(id -> records.merge(id, (long) more, Long::sum));
            }
        }
        return refused;
    }

    private static Crowded crowded(List<UUID> full, Map<UUID, Long> records, Map<UUID, Load> loads) {
        List<String> names = full.stream()
                .limit(NAMED)
                .map(id -> loads.containsKey(id) ? loads.get(id).name() : "desktop " + id)
                .toList();
        long most = full.stream()
                .mapToLong(id -> records.getOrDefault(id, 0L))
                .max()
                .orElse(0);
        return new Crowded(names, full.size(), most);
    }

    /** After records were put back to the start, in the transaction that did it. */
    Future<Void> checkRetry(SqlConnection tx, String projectId, Collection<UUID> recordIds) {
        return store.countOpenTasks(tx, projectId, limits.openTasks() + 1).compose(open -> {
            if (open > limits.openTasks()) {
                throw tooManyTasks();
            }
            return store.listDesktops(tx, recordIds)
                    .compose(desktops -> checkDesktops(tx, projectId, open, desktops, 0));
        });
    }

    /** Nobody needs to be counted while all tasks together have so few scripts that no desktop can have too much. */
    private Future<Void> checkDesktops(
            SqlConnection tx, String projectId, long openTasks, List<UUID> desktopIds, int more) {
        int most = limits.desktopRecords();
        if (openTasks * MOST_SCRIPTS + more <= most) {
            return Future.succeededFuture();
        }
        return openTasks + more > most
                ? countDesktops(tx, desktopIds, more)
                : store.countScripts(tx, projectId, most)
                        .compose(scripts -> scripts + more <= most
                                ? Future.succeededFuture()
                                : countDesktops(tx, desktopIds, more));
    }

    private Future<Void> countDesktops(SqlConnection tx, List<UUID> desktopIds, int more) {
        return store.findCrowded(tx, desktopIds, limits.desktopRecords(), more).map(crowded -> {
            if (crowded.desktops() > 0) {
                throw tooManyRecords(crowded, more);
            }
            return null;
        });
    }

    private ApiException tooManyTasks() {
        return new ApiException.Conflict("this project has " + limits.openTasks() + " tasks that have not ended, and"
                + " that is as many as it may have: wait until some have ended, or stop some; the bound is"
                + " --max-open-tasks of the control plane");
    }

    private ApiException tooManyRecords(Crowded crowded, int more) {
        long others = crowded.desktops() - crowded.names().size();
        return new ApiException.Conflict(String.join(", ", crowded.names())
                + (others > 0 ? " and " + others + " more" : "")
                + ": a desktop may have at most " + limits.desktopRecords() + " records that have not ended, and "
                + (more > 0
                        ? "up to " + crowded.records() + " wait there already"
                        : "it would have up to " + crowded.records())
                + ": wait until some have ended, stop some, or leave these desktops out; the bound is"
                + " --max-desktop-records of the control plane");
    }
}
