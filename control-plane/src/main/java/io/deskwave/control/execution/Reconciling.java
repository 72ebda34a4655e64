package io.deskwave.control.execution;

import static java.util.Objects.requireNonNull;

import io.deskwave.control.execution.Assignments.Returned;
import io.deskwave.control.execution.Changes.Change;
import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.OutputStore.Claimed;
import io.deskwave.control.execution.OutputStore.Head;
import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.deskwave.protocol.ServerMessage.Verdict.Action;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Holds what desktops that come back have in their journals against the books, many desktops in one transaction: a fleet
 * comes back at one instant, and all of it may run the same task. What a desktop says bears only on its own records.
 */
final class Reconciling {
    private final Changes changes;
    private final InstantSource clock;
    private final ClaimStore claims = new ClaimStore();
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final OutputStore outputs = new OutputStore();
    private final Endings endings = new Endings();

    Reconciling(Changes changes, InstantSource clock) {
        this.changes = changes;
        this.clock = clock;
    }

    /** The books of the records that the desktops hold or are taken by, by record; the open ones are locked. */
    private record Books(
            List<OpenRecord> open,
            Map<UUID, OpenRecord> openById,
            Map<UUID, RecordStore.Standing> standing,
            Map<AttemptKey, Head> heads) {
        boolean isOf(UUID desktopId, UUID recordId) {
            RecordStore.Standing record = standing.get(recordId);
            return record != null && record.desktopId().equals(desktopId);
        }
    }

    /**
     * Says what to do with each attempt a desktop holds, and ends what it should hold and does not.
     *
     * @param returned no desktop twice
     * @return the verdicts in the order of the desktops and of what each holds
     */
    Future<List<List<Verdict>>> reconcile(List<Returned> returned) {
        Instant now = clock.instant();
        List<UUID> desktopIds = returned.stream().map(Returned::desktopId).toList();
        return changes.commit(tx -> claims.listTakenBy(tx, desktopIds).compose(taken -> {
            Set<UUID> recordIds = new HashSet<>(taken);
            returned.forEach(one -> one.held().forEach(held -> recordIds.add(held.recordId())));
            return recordIds.isEmpty()
                    ? Future.succeededFuture(new Change<>(
                            returned.stream().map(one -> List.<Verdict>of()).toList(), Set.of(), false))
                    : reconcile(tx, returned, recordIds, now);
        }));
    }

    private Future<Change<List<List<Verdict>>>> reconcile(
            SqlConnection tx, List<Returned> returned, Set<UUID> recordIds, Instant now) {
        return tasks.lockOfRecords(tx, recordIds)
                .compose(states -> open(tx, returned, recordIds).compose(books -> {
                    List<List<Verdict>> verdicts =
                            returned.stream().map(one -> verdicts(one, books)).toList();
                    List<Closing> lost = lost(returned, books, now);
                    Set<UUID> taskIds = new HashSet<>();
                    lost.forEach(closing ->
                            taskIds.add(requireNonNull(books.openById().get(closing.recordId()))
                                    .taskId()));
                    return endings.end(tx, Reports.byId(states), books.open(), lost, now)
                            .map(done -> new Change<>(verdicts, taskIds, !lost.isEmpty()));
                }));
    }

    private Future<Books> open(SqlConnection tx, List<Returned> returned, Set<UUID> recordIds) {
        List<Claimed> claimed = returned.stream()
                .flatMap(one ->
                        one.held().stream().map(held -> new Claimed(held.recordId(), held.attempt(), one.desktopId())))
                .toList();
        var open = records.lock(tx, recordIds); // one connection: each waits for the one before, but not for us
        var standing = records.findStanding(tx, recordIds);
        var heads = outputs.getHeads(tx, claimed);
        return Future.all(open, standing, heads).map(read -> {
            var openById = new HashMap<UUID, OpenRecord>();
            open.result().forEach(record -> openById.put(record.id(), record));
            var standingById = new HashMap<UUID, RecordStore.Standing>();
            standing.result().forEach(record -> standingById.put(record.id(), record));
            return new Books(open.result(), openById, standingById, heads.result());
        });
    }

    private static List<Verdict> verdicts(Returned desktop, Books books) {
        return desktop.held().stream()
                .map(held -> {
                    UUID id = held.recordId();
                    return books.isOf(desktop.desktopId(), id)
                            ? verdict(
                                    held,
                                    requireNonNull(books.standing().get(id)).attempt(),
                                    books.openById().get(id),
                                    books.heads().get(new AttemptKey(id, held.attempt())))
                            : new Verdict(id, held.attempt(), Action.FORGET, 0, 0, 0);
                })
                .toList();
    }

    /** @param current the attempt that the desktop's record is at */
    private static Verdict verdict(Held held, int current, @Nullable OpenRecord record, @Nullable Head head) {
        Action action = Action.FORGET;
        if (held.attempt() == current) {
            if (record != null && record.busy() && !record.status().ended()) {
                action = record.stopRequested() && !held.finished() ? Action.STOP : Action.CONTINUE;
            } else {
                action = held.finished() ? Action.CONTINUE : Action.STOP; // what comes late is kept beside the record
            }
        }
        return head == null
                ? new Verdict(held.recordId(), held.attempt(), action, 0, 0, 0)
                : new Verdict(
                        held.recordId(), held.attempt(), action, head.nextSeq(), head.stdoutEnd(), head.stderrEnd());
    }

    /** Running by our books, unknown to its agent: the process is gone, and so is its journal. */
    private static List<Closing> lost(List<Returned> returned, Books books, Instant now) {
        Map<UUID, Set<AttemptKey>> heldBy = new HashMap<>();
        for (Returned one : returned) {
            Set<AttemptKey> keys = new HashSet<>();
            one.held().forEach(held -> keys.add(new AttemptKey(held.recordId(), held.attempt())));
            heldBy.put(one.desktopId(), keys);
        }
        var lost = new ArrayList<Closing>();
        for (OpenRecord record : books.open()) {
            Set<AttemptKey> held = heldBy.get(record.desktopId()); // none: another desktop named a record of this one
            if (held != null
                    && record.status() == RecordStatus.RUNNING
                    && !held.contains(new AttemptKey(record.id(), record.attempt()))) {
                lost.add(Closing.of(
                        record,
                        RecordStatus.FAILED,
                        ResultCode.INTERRUPTED,
                        "the agent came back without it: its journal was lost",
                        now));
            }
        }
        return lost;
    }
}
