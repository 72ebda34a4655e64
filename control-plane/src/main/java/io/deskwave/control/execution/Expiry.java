package io.deskwave.control.execution;

import io.deskwave.control.execution.Changes.Change;
import io.deskwave.protocol.ResultCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Ends what is overdue, so that every record ends even with no agent and no owner. Any node may do it, several at once too:
 * each record is closed under its lock, and a second look finds it ended.
 */
public final class Expiry {
    private static final int GROUP = 1000;

    private final Changes changes;
    private final ClaimStore claims = new ClaimStore();
    private final StepStore steps = new StepStore();
    private final WakeStore wakes = new WakeStore();
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final Endings endings = new Endings();

    public Expiry(Changes changes) {
        this.changes = changes;
    }

    /** Ends everything whose deadline lies before {@code now}; answers how many records and steps that were. */
    public Future<Integer> expire(Instant now) {
        return changes.commit(tx -> steps.expireSteps(tx, now)
                        .map(taskIds -> new Change<>(taskIds.size(), Set.copyOf(taskIds), !taskIds.isEmpty())))
                .compose(steps -> expireRecords(now).map(ended -> steps + ended));
    }

    private Future<Integer> expireRecords(Instant now) {
        return changes.<List<Integer>>commit(
                        tx -> claims.listOverdue(tx, now, GROUP).compose(ids -> endOverdue(tx, ids, now)
                                .map(ended ->
                                        new Change<>(List.of(ids.size(), ended.size()), ended, !ended.isEmpty()))))
                .compose(counts -> counts.get(0) == GROUP && counts.get(1) > 0
                        ? expireRecords(now).map(more -> counts.get(0) + more)
                        : Future.succeededFuture(counts.get(0)));
    }

    private Future<Set<UUID>> endOverdue(SqlConnection tx, List<UUID> ids, Instant now) {
        return ids.isEmpty()
                ? Future.succeededFuture(Set.of())
                : wakes.tell(tx, ids).compose(tried -> end(tx, ids, (record, at) -> overdue(record, tried, at), now));
    }

    /** A deleted desktop's records end with it, in the transaction that deletes it. */
    public Future<Void> desktopGone(SqlConnection tx, UUID desktopId, Instant now) {
        return claims.listOfDesktop(tx, desktopId)
                .compose(ids -> endOfDesktop(tx, desktopId, ids, Expiry::gone, "the desktop was deleted", now));
    }

    /**
     * In the transaction that gives the desktop to another machine, which has not the old one's journal: told the same attempt
     * it would start it a second time. What waits for the desktop is for the new machine.
     */
    public Future<Void> desktopReplaced(SqlConnection tx, UUID desktopId, Instant now) {
        return claims.listTakenBy(tx, List.of(desktopId))
                .compose(ids -> endOfDesktop(tx, desktopId, ids, Expiry::replaced, "the desktop was rebuilt", now));
    }

    private Future<Void> endOfDesktop(
            SqlConnection tx, UUID desktopId, List<UUID> ids, Judge judge, String why, Instant now) {
        return end(tx, ids, judge, now)
                .compose(taskIds -> steps.freeDesktop(tx, desktopId, why))
                .mapEmpty();
    }

    private interface Judge {
        /** How the record is to end; null when it is not to. */
        @Nullable
        Closing judge(OpenRecord record, Instant now);
    }

    private Future<Set<UUID>> end(SqlConnection tx, List<UUID> ids, Judge judge, Instant now) {
        if (ids.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        return tasks.lockOfRecords(tx, ids)
                .compose(states -> records.lock(tx, ids).compose(open -> {
                    var closings = new ArrayList<Closing>();
                    Set<UUID> taskIds = new HashSet<>();
                    for (OpenRecord record : open) {
                        Closing closing = judge.judge(record, now);
                        if (closing != null) {
                            closings.add(closing);
                            taskIds.add(record.taskId());
                        }
                    }
                    return endings.end(tx, Reports.byId(states), open, closings, now)
                            .map(taskIds);
                }));
    }

    private static @Nullable Closing overdue(OpenRecord record, Map<UUID, String> tried, Instant now) {
        if (!record.isOverdue(now)) {
            return null; // something happened between the look and the lock
        }
        if (record.busy()) {
            String stop = record.stopRequested() ? "a stop was asked for, and " : "";
            return Closing.of(
                    record,
                    RecordStatus.FAILED,
                    ResultCode.AGENT_LOST,
                    stop + "there was no news from the agent until the deadline",
                    now);
        }
        String story = tried.containsKey(record.id()) ? ": " + tried.get(record.id()) : "";
        return Closing.of(
                record,
                RecordStatus.SKIP,
                ResultCode.OFFLINE,
                "the desktop was not online within the start timeout" + story,
                now);
    }

    private static @Nullable Closing replaced(OpenRecord record, Instant now) {
        return record.busy() && !record.status().ended()
                ? Closing.of(
                        record,
                        RecordStatus.FAILED,
                        ResultCode.INTERRUPTED,
                        "the desktop was rebuilt, and what its old machine made of it is not known",
                        now)
                : null;
    }

    private static @Nullable Closing gone(OpenRecord record, Instant now) {
        if (record.status().ended()) {
            return null;
        }
        return record.busy()
                ? Closing.of(record, RecordStatus.FAILED, ResultCode.AGENT_LOST, "the desktop was deleted", now)
                : Closing.of(record, RecordStatus.SKIP, ResultCode.OFFLINE, "the desktop was deleted", now);
    }
}
