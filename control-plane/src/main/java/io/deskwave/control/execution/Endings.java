package io.deskwave.control.execution;

import io.deskwave.control.execution.RecordStore.Place;
import io.deskwave.control.execution.TaskState.Gate;
import io.deskwave.protocol.ResultCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The one way a record ends, whoever says so: the agent, a caller, a deadline. Closes the rows, moves the counters, skips
 * what an earlier failure forbids, orders the step that follows, and lets the gate decide. Runs in the caller's transaction,
 * which has locked the tasks and then the records.
 */
final class Endings {
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final ProgressStore progress = new ProgressStore();

    /**
     * Ends these records. {@code open} holds at least the records that the closings name. Answers whether there is something
     * to do now: a step, what a gate released, or what waited for a desktop that is free now.
     */
    Future<Boolean> end(
            SqlConnection tx, Map<UUID, TaskState> states, List<OpenRecord> open, List<Closing> closings, Instant now) {
        if (closings.isEmpty()) {
            return Future.succeededFuture(false);
        }
        var byId = new HashMap<UUID, OpenRecord>();
        open.forEach(record -> byId.put(record.id(), record));
        return withLaterSkipped(tx, byId, closings, now)
                .compose(all -> withStepsOrdered(tx, states, byId, all))
                .compose(all -> progress.close(tx, all, now)
                        .compose(changed -> decideGates(tx, changed, now))
                        .compose(decided -> decided || all.stream().anyMatch(Closing::keepBusy)
                                ? Future.succeededFuture(true)
                                : records.hasWaiting(tx, desktops(byId, all))));
    }

    private static Set<UUID> desktops(Map<UUID, OpenRecord> byId, List<Closing> closings) {
        Set<UUID> desktops = new HashSet<>();
        closings.forEach(closing -> desktops.add(record(byId, closing).desktopId()));
        return desktops;
    }

    /** What a failure forbids: the later scripts of the same task on the same desktop. */
    private Future<List<Closing>> withLaterSkipped(
            SqlConnection tx, Map<UUID, OpenRecord> byId, List<Closing> closings, Instant now) {
        List<OpenRecord> failed = closings.stream()
                .filter(closing -> closing.status() == RecordStatus.FAILED)
                .map(closing -> record(byId, closing))
                .toList();
        if (failed.isEmpty()) {
            return Future.succeededFuture(closings);
        }
        return records.lockLater(tx, failed).map(later -> {
            var all = new ArrayList<>(closings);
            Set<UUID> ending = new HashSet<>();
            closings.forEach(closing -> ending.add(closing.recordId()));
            for (OpenRecord record : later) {
                byId.put(record.id(), record);
                if (ending.add(record.id())) {
                    all.add(Closing.of(
                            record,
                            RecordStatus.SKIP,
                            ResultCode.PREVIOUS_FAILED,
                            "an earlier script of this task failed on this desktop",
                            now));
                }
            }
            return all;
        });
    }

    /** After a desktop's last script of a task, its desktop stays taken until the step that follows is proven. */
    private Future<List<Closing>> withStepsOrdered(
            SqlConnection tx, Map<UUID, TaskState> states, Map<UUID, OpenRecord> byId, List<Closing> closings) {
        var lastRun = new HashMap<Place, Integer>();
        var closingAt = new HashMap<Place, Integer>();
        for (int i = 0; i < closings.size(); i++) {
            OpenRecord record = record(byId, closings.get(i));
            var place = new Place(record.desktopId(), record.queueNo());
            TaskState task = states.get(record.taskId());
            if (task == null || !task.hasPostFinish()) {
                continue;
            }
            closingAt.merge(place, 1, Integer::sum);
            if (closings.get(i).status() != RecordStatus.SKIP && record.busy()) {
                lastRun.put(place, i);
            }
        }
        if (lastRun.isEmpty()) {
            return Future.succeededFuture(closings);
        }
        return records.countUnfinished(tx, lastRun.keySet()).map(unfinished -> {
            var all = new ArrayList<>(closings);
            lastRun.forEach((place, index) -> {
                if (unfinished.getOrDefault(place, 0).equals(closingAt.get(place))) {
                    all.set(index, all.get(index).keepingBusy());
                }
            });
            return all;
        });
    }

    /** Answers whether one released records, or ended some: their desktops may have others to do. */
    private Future<Boolean> decideGates(SqlConnection tx, List<TaskState> changed, Instant now) {
        Future<Boolean> done = Future.succeededFuture(false);
        for (TaskState task : changed) {
            boolean due = task.gate() == Gate.PENDING
                    && (task.grayEnded() == task.grayTotal() || task.grayFailed() >= task.grayFailThreshold());
            if (due) {
                done = done.compose(before -> decideGate(tx, task, now).map(decided -> before || decided));
            }
        }
        return done;
    }

    private Future<Boolean> decideGate(SqlConnection tx, TaskState task, Instant now) {
        return records.countSucceededGray(tx, task.id())
                .map(succeeded -> GrayGate.decide(
                        task.grayTotal(), task.grayEnded(), task.grayFailed(), succeeded, task.grayFailThreshold()))
                .compose(decision -> switch (decision.state()) {
                    case PENDING -> Future.succeededFuture(false);
                    case OPEN ->
                        tasks.decideGate(tx, task.id(), decision)
                                .compose(one -> records.openRest(
                                        tx, task.id(), now.plusSeconds(60L * task.startTimeoutMinutes())))
                                .map(released -> true);
                    case CLOSED ->
                        tasks.decideGate(tx, task.id(), decision)
                                .compose(one -> halt(tx, task, decision.reason(), now))
                                .map(halted -> true);
                });
    }

    /** What is in flight finishes; everything else of the task ends here. */
    private Future<Void> halt(SqlConnection tx, TaskState task, String reason, Instant now) {
        return records.lockOfTasks(tx, List.of(task.id())).compose(open -> {
            List<Closing> halted = open.stream()
                    .filter(record -> record.status() == RecordStatus.WAITING && !record.busy())
                    .map(record -> Closing.of(record, RecordStatus.SKIP, ResultCode.GRAY_HALTED, reason, now))
                    .toList();
            return halted.isEmpty()
                    ? Future.succeededFuture()
                    : progress.close(tx, halted, now).mapEmpty();
        });
    }

    private static OpenRecord record(Map<UUID, OpenRecord> byId, Closing closing) {
        OpenRecord record = byId.get(closing.recordId());
        if (record == null) {
            throw new IllegalStateException("record " + closing.recordId() + " is closed without its lock");
        }
        return record;
    }
}
