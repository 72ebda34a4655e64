package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.execution.Changes.Change;
import io.deskwave.control.execution.Preparing.Wanted;
import io.deskwave.control.execution.TaskStore.NewTask;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Accepts executions: one transaction resolves the target, plans the batches and inserts the task with all its records.
 * What happens to them then is told by the agents ({@link Reports}), by callers ({@link Interventions}) and by the clock
 * ({@link Expiry}).
 */
public final class Executions {
    private final Changes changes;
    private final Preparing preparing;
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final Crowding crowding;
    private final RequestKeyStore keys = new RequestKeyStore();

    public Executions(
            Changes changes,
            DesktopStore desktops,
            PoolStore pools,
            ScriptStore scripts,
            Limits limits,
            InstantSource clock) {
        this.changes = changes;
        this.preparing = new Preparing(desktops, pools, scripts, clock);
        this.crowding = new Crowding(limits);
    }

    /**
     * An accepted execution, with the rule of its gate in words.
     *
     * @param repeated whether it had been accepted before, under the same {@link RequestKey}
     */
    public record Accepted(UUID taskId, String rule, boolean repeated) {}

    /** The task and its records are committed when this succeeds. */
    public Future<Accepted> start(ExecutionRequest request) {
        UUID taskId = UUID.randomUUID();
        return changes.commit(tx -> start(tx, taskId, request));
    }

    /** The same; what was accepted under this key before is answered again, and nothing is started. */
    public Future<Accepted> start(ExecutionRequest request, RequestKey key) {
        UUID taskId = UUID.randomUUID();
        return changes.commit(tx -> keys.take(tx, request.projectId(), key, taskId)
                .compose(before -> before.isPresent()
                        ? Future.succeededFuture(new Change<>(before.get(), Set.of(), false))
                        : start(tx, taskId, request)));
    }

    /** Starts executions in a transaction of somebody else's. */
    public interface Starter {
        SqlConnection tx();

        /** Of one project, in few statements; what came of each, in their order. What is refused changes nothing. */
        Future<List<Started>> start(List<ExecutionRequest> requests);
    }

    /** @param refused null when it was accepted */
    public record Started(UUID taskId, @Nullable ApiException refused) {}

    /** One transaction for several executions and what goes with them. Done again from the start when it lost a deadlock. */
    public <T> Future<T> inOneTransaction(Function<Starter, Future<T>> work) {
        return changes.commit(tx -> {
            var started = new HashSet<UUID>();
            return work.apply(starter(tx, started)).map(result -> new Change<>(result, started, !started.isEmpty()));
        });
    }

    private Starter starter(SqlConnection tx, Set<UUID> started) {
        return new Starter() {
            @Override
            public SqlConnection tx() {
                return tx;
            }

            @Override
            public Future<List<Started>> start(List<ExecutionRequest> requests) {
                return startAll(tx, requests).map(all -> {
                    all.stream().filter(each -> each.refused() == null).forEach(each -> started.add(each.taskId()));
                    return all;
                });
            }
        };
    }

    private Future<List<Started>> startAll(SqlConnection tx, List<ExecutionRequest> requests) {
        String projectId = requests.get(0).projectId();
        var wanted = requests.stream()
                .map(request -> new Wanted(UUID.randomUUID(), request))
                .toList();
        return preparing.prepare(tx, wanted).compose(all -> {
            List<NewTask> prepared =
                    all.stream().flatMap(each -> Stream.ofNullable(each.task())).toList();
            return crowding.checkTasks(tx, projectId, prepared).compose(crowded -> {
                List<NewTask> accepted = prepared.stream()
                        .filter(task -> !crowded.containsKey(task.id()))
                        .toList();
                List<Started> started = all.stream()
                        .map(each -> new Started(
                                each.taskId(), each.refused() != null ? each.refused() : crowded.get(each.taskId())))
                        .toList();
                return (accepted.isEmpty() ? Future.succeededFuture() : insert(tx, accepted)).map(started);
            });
        });
    }

    private Future<Change<Accepted>> start(SqlConnection tx, UUID taskId, ExecutionRequest request) {
        return preparing
                .prepare(tx, List.of(new Wanted(taskId, request)))
                .map(all -> all.get(0).orThrow())
                .compose(task -> crowding.checkTask(tx, request.projectId(), task.desktopIds(), task.scripts())
                        .compose(room -> insert(tx, List.of(task)))
                        .map(inserted -> new Change<>(new Accepted(taskId, rule(task), false), Set.of(taskId), true)));
    }

    private Future<Void> insert(SqlConnection tx, List<NewTask> accepted) {
        return Database.withPlansKept(
                tx, () -> tasks.insert(tx, accepted).compose(queueNos -> records.insert(tx, accepted, queueNos)));
    }

    private static String rule(NewTask task) {
        return GrayGate.rule(task.plan().gray().size(), task.plan().rest().size(), task.threshold());
    }
}
