package io.deskwave.control.execution;

import io.deskwave.control.execution.Changes.Change;
import io.deskwave.control.http.ApiException;
import io.deskwave.protocol.ResultCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What callers do to executions that exist: stop and retry, by record or by task. */
public final class Interventions {
    private final Changes changes;
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final InterventionStore interventions = new InterventionStore();
    private final Endings endings = new Endings();
    private final RequestKeyStore keys = new RequestKeyStore();
    private final Crowding crowding;
    private final InstantSource clock;

    public Interventions(Changes changes, Limits limits, InstantSource clock) {
        this.changes = changes;
        this.crowding = new Crowding(limits);
        this.clock = clock;
    }

    /** A record, or all records of a task: one of both is given. */
    public record Named(@Nullable UUID recordId, @Nullable UUID taskId) {
        public Named {
            if ((recordId == null) == (taskId == null)) {
                throw new IllegalArgumentException("name a record or a task");
            }
        }

        String words() {
            return recordId == null ? "task " + taskId : "record " + recordId;
        }
    }

    /** What a stop did: records that ended at once, and records whose agents were told to end them. */
    public record Stopped(UUID taskId, int ended, int stopping) {}

    /**
     * What a retry did.
     *
     * @param repeated whether it had been done before, under the same {@link RequestKey}; then nothing was done now
     */
    public record Retried(UUID taskId, int records, boolean repeated) {}

    /** Ends what waits; tells the agents to end what runs. Fails when there is nothing to stop. */
    public Future<Stopped> stop(String projectId, Named named, String caller) {
        Instant now = clock.instant();
        return changes.commit(tx -> find(tx, projectId, named).compose(found -> {
            Set<UUID> ids = ids(found);
            UUID taskId = found.get(0).taskId();
            return tasks.lock(tx, Set.of(taskId)).compose(states -> records.lock(tx, ids)
                    .compose(open -> stop(tx, Reports.byId(states), taskId, named, open, caller, now)));
        }));
    }

    private Future<Change<Stopped>> stop(
            SqlConnection tx,
            Map<UUID, TaskState> states,
            UUID taskId,
            Named named,
            List<OpenRecord> open,
            String caller,
            Instant now) {
        List<OpenRecord> waiting = open.stream()
                .filter(record -> record.status() == RecordStatus.WAITING && !record.busy())
                .toList();
        List<UUID> sent = open.stream()
                .filter(record -> !record.status().ended() && record.busy())
                .map(OpenRecord::id)
                .toList();
        if (waiting.isEmpty() && sent.isEmpty()) {
            throw new ApiException.Conflict(
                    "there is nothing to stop: every record of " + named.words() + " has ended");
        }
        List<Closing> closings = waiting.stream()
                .map(record -> Closing.of(
                        record,
                        RecordStatus.SKIP,
                        ResultCode.STOPPED,
                        "stopped by " + caller + " before it started",
                        now))
                .toList();
        return interventions.requestStop(tx, sent, now).compose(stopping -> endings.end(tx, states, open, closings, now)
                .map(done -> new Change<>(new Stopped(taskId, closings.size(), sent.size()), Set.of(taskId), true)));
    }

    /**
     * Puts FAILED and SKIP records back to the start. A retried gray record is judged again by the gate; without one, what
     * is retried runs at once. Fails when there is nothing to retry.
     */
    public Future<Retried> retry(String projectId, Named named) {
        return changes.commit(tx -> find(tx, projectId, named).compose(found -> retry(tx, projectId, named, found)));
    }

    /** The same; what was retried under this key before is not retried again. */
    public Future<Retried> retry(String projectId, Named named, RequestKey key) {
        return changes.commit(tx -> find(tx, projectId, named).compose(found -> {
            UUID taskId = found.get(0).taskId();
            return keys.take(tx, projectId, key, taskId)
                    .compose(before -> before.isPresent()
                            ? Future.succeededFuture(new Change<>(new Retried(taskId, 0, true), Set.of(), false))
                            : retry(tx, projectId, named, found));
        }));
    }

    private Future<Change<Retried>> retry(
            SqlConnection tx, String projectId, Named named, List<InterventionStore.Found> found) {
        Instant now = clock.instant();
        UUID taskId = found.get(0).taskId();
        return tasks.lock(tx, Set.of(taskId))
                .compose(states -> interventions.lockEnded(tx, ids(found)))
                .compose(ended -> {
                    if (ended.isEmpty()) {
                        throw new ApiException.Conflict("there is nothing to retry: no record of " + named.words()
                                + " is FAILED or SKIP, has finished its last step and belongs to a desktop that still"
                                + " exists");
                    }
                    return interventions
                            .reopen(tx, ended, now)
                            .compose(count ->
                                    crowding.checkRetry(tx, projectId, ended).map(count))
                            .map(count -> new Change<>(new Retried(taskId, count, false), Set.of(taskId), true));
                });
    }

    private Future<List<InterventionStore.Found>> find(SqlConnection tx, String projectId, Named named) {
        return interventions.find(tx, projectId, named).map(found -> {
            if (found.isEmpty()) {
                throw new ApiException.NotFound("there is no " + named.words() + " in this project");
            }
            return found;
        });
    }

    private static Set<UUID> ids(List<InterventionStore.Found> found) {
        return found.stream().map(InterventionStore.Found::recordId).collect(Collectors.toCollection(HashSet::new));
    }
}
