package io.deskwave.control.execution;

import io.deskwave.control.execution.Changes.Change;
import io.deskwave.protocol.ResultCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Ends every record that a restored database holds as unfinished, before anything is served: whether it ran since the backup
 * nobody can tell, and only somebody may have it run again. From then on attempts are counted from a number that no agent
 * has seen: the attempts after the backup are not in the books, and an agent does not run a number twice. A task of a large
 * fleet is ended as a whole, and all the while the lock is held: its database has to be a patient one.
 */
public final class RestoredExecutions {
    private final Changes changes;
    private final RestoreStore restores = new RestoreStore();
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final Endings endings = new Endings();

    public RestoredExecutions(Changes changes) {
        this.changes = changes;
    }

    /** The beginning of each reason. */
    public static String restored(Instant backup) {
        return "the installation was restored from a backup of " + backup.truncatedTo(ChronoUnit.SECONDS);
    }

    /** Of nodes that start together one does it, and the others wait until this transaction ends. */
    public Future<Void> lock(SqlConnection tx) {
        return restores.lock(tx);
    }

    /** Whether a start has done all of it for this backup. */
    public Future<Boolean> isSettled(SqlClient sql, Instant backup) {
        return restores.isNoted(sql, backup);
    }

    /** In the last transaction. */
    public Future<Void> note(SqlClient sql, Instant backup, Instant now) {
        return restores.note(sql, backup, now);
    }

    /** One task after the other; the number of records. */
    public Future<Integer> endUnfinished(Instant backup, Instant now) {
        return restores.listUnfinishedTasks(changes.database().client()).compose(ids -> {
            Future<Integer> ended = Future.succeededFuture(0);
            for (UUID taskId : ids) {
                ended = ended.compose(before -> endTask(taskId, backup, now).map(more -> before + more));
            }
            return ended;
        });
    }

    private Future<Integer> endTask(UUID taskId, Instant backup, Instant now) {
        return changes.commit(
                tx -> tasks.lock(tx, Set.of(taskId)).compose(states -> records.lockOfTasks(tx, List.of(taskId))
                        .compose(open -> end(tx, Reports.byId(states), open, backup, now)
                                .compose(ended -> restores.endSteps(tx, taskId, restored(backup)))
                                .map(steps -> new Change<>(open.size(), Set.of(taskId), true)))));
    }

    private Future<Void> end(
            SqlConnection tx, Map<UUID, TaskState> states, List<OpenRecord> open, Instant backup, Instant now) {
        List<Closing> closings =
                open.stream().map(record -> closing(record, backup, now)).toList();
        return endings.end(tx, states, open, closings, now).mapEmpty();
    }

    private static Closing closing(OpenRecord record, Instant backup, Instant now) {
        return record.busy()
                ? Closing.of(
                        record,
                        RecordStatus.FAILED,
                        ResultCode.AGENT_LOST,
                        restored(backup)
                                + ", when this was with its agent; how it went on is not known: look, and retry it if need be",
                        now)
                : Closing.of(
                        record,
                        RecordStatus.SKIP,
                        ResultCode.STOPPED,
                        restored(backup)
                                + ", when this was waiting; whether it ran since is not known: look, and retry it if need be",
                        now);
    }
}
