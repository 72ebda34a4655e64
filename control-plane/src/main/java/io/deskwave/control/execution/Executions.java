package io.deskwave.control.execution;

import io.deskwave.control.desktop.DesktopPool;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.DesktopStore.Target;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.execution.Changes.Change;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.script.RunnableScript;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Accepts executions: one transaction resolves the target, plans the batches and inserts the task with all its records.
 * What happens to them then is told by the agents ({@link Reports}), by callers ({@link Interventions}) and by the clock
 * ({@link Expiry}).
 */
public final class Executions {
    private final Changes changes;
    private final DesktopStore desktops;
    private final PoolStore pools;
    private final ScriptStore scripts;
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final Crowding crowding;
    private final RequestKeyStore keys = new RequestKeyStore();
    private final InstantSource clock;

    public Executions(
            Changes changes,
            DesktopStore desktops,
            PoolStore pools,
            ScriptStore scripts,
            Limits limits,
            InstantSource clock) {
        this.changes = changes;
        this.desktops = desktops;
        this.pools = pools;
        this.scripts = scripts;
        this.crowding = new Crowding(limits);
        this.clock = clock;
    }

    /**
     * An accepted execution, with the rule of its gate in words.
     *
     * @param repeated whether it had been accepted before, under the same {@link RequestKey}
     */
    public record Accepted(UUID taskId, String rule, boolean repeated) {}

    private record Resolved(List<Target> targets, TaskStore.@Nullable Group group) {}

    /** The task and its records are committed when this succeeds. */
    public Future<Accepted> start(ExecutionRequest request) {
        UUID taskId = UUID.randomUUID();
        return changes.commit(tx -> insert(tx, taskId, request));
    }

    /** The same; what was accepted under this key before is answered again, and nothing is started. */
    public Future<Accepted> start(ExecutionRequest request, RequestKey key) {
        UUID taskId = UUID.randomUUID();
        return changes.commit(tx -> keys.take(tx, request.projectId(), key, taskId)
                .compose(before -> before.isPresent()
                        ? Future.succeededFuture(new Change<>(before.get(), Set.of(), false))
                        : insert(tx, taskId, request)));
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
                return startTogether(tx, requests).map(all -> {
                    all.stream().filter(each -> each.refused() == null).forEach(each -> started.add(each.taskId()));
                    return all;
                });
            }
        };
    }

    private Future<List<Started>> startTogether(SqlConnection tx, List<ExecutionRequest> requests) {
        String projectId = requests.get(0).projectId();
        return Together.find(tx, projectId, requests, desktops, scripts).compose(together -> {
            var tasks = new ArrayList<Prepared>();
            Future<Void> done = Future.succeededFuture();
            for (ExecutionRequest request : requests) {
                done = done.compose(nothing -> prepare(tx, request, together)
                                .recover(failure -> failure instanceof ApiException refused
                                        ? Future.succeededFuture(
                                                new Prepared(UUID.randomUUID(), null, List.of(), refused))
                                        : Future.failedFuture(failure)))
                        .map(prepared -> {
                            tasks.add(prepared);
                            return null;
                        });
            }
            return done.compose(nothing -> insertTogether(tx, projectId, tasks));
        });
    }

    /** A task that is to be inserted with the names of its desktops, or why not. */
    private record Prepared(
            UUID taskId, TaskStore.@Nullable NewTask task, List<String> names, @Nullable ApiException refused) {}

    private Future<Prepared> prepare(SqlConnection tx, ExecutionRequest request, Together together) {
        Future<Resolved> resolved = request.target() instanceof ExecutionRequest.Target.Desktops named
                ? Future.succeededFuture().map(nothing -> new Resolved(together.desktops(named.ids()), null))
                : resolve(tx, request);
        return resolved.map(found -> {
            TaskStore.NewTask task =
                    task(UUID.randomUUID(), request, found, together.scripts(request.work()), clock.instant());
            return new Prepared(task.id(), task, names(found), null);
        });
    }

    private Future<List<Started>> insertTogether(SqlConnection tx, String projectId, List<Prepared> all) {
        List<TaskStore.NewTask> planned = all.stream()
                .flatMap(each -> Optional.ofNullable(each.task()).stream())
                .toList();
        return crowding.checkTasks(tx, projectId, planned).compose(crowded -> {
            var accepted = planned.stream()
                    .filter(task -> !crowded.containsKey(task.id()))
                    .toList();
            Map<UUID, List<String>> names = new HashMap<>();
            all.forEach(each -> names.put(each.taskId(), each.names()));
            List<Started> started = all.stream()
                    .map(each -> new Started(
                            each.taskId(), each.refused() != null ? each.refused() : crowded.get(each.taskId())))
                    .toList();
            return accepted.isEmpty()
                    ? Future.succeededFuture(started)
                    : tasks.insertAll(tx, accepted)
                            .compose(queueNos -> records.insertAll(tx, accepted, queueNos, names))
                            .map(started);
        });
    }

    private Future<Change<Accepted>> insert(SqlConnection tx, UUID taskId, ExecutionRequest request) {
        Instant now = clock.instant();
        return resolve(tx, request).compose(resolved -> runnable(tx, request)
                .compose(found -> insert(tx, taskId, request, resolved, found, now)));
    }

    private Future<Change<Accepted>> insert(
            SqlConnection tx,
            UUID taskId,
            ExecutionRequest request,
            Resolved resolved,
            List<RunnableScript> found,
            Instant now) {
        TaskStore.NewTask task = task(taskId, request, resolved, found, now);
        String rule =
                GrayGate.rule(task.plan().gray().size(), task.plan().rest().size(), task.threshold());
        return crowding.checkTask(tx, request.projectId(), task.desktopIds(), task.scripts())
                .compose(room -> tasks.insert(tx, task))
                .compose(queueNo -> records.insert(tx, task, queueNo, names(resolved)))
                .map(inserted -> new Change<>(new Accepted(task.id(), rule, false), Set.of(task.id()), true));
    }

    private static TaskStore.NewTask task(
            UUID taskId, ExecutionRequest request, Resolved resolved, List<RunnableScript> found, Instant now) {
        BatchPlan plan = plan(request, resolved.targets());
        return new TaskStore.NewTask(
                taskId,
                request,
                resolved.targets().stream().map(Target::id).toList(),
                plan,
                threshold(request, plan),
                resolved.group(),
                found.stream().map(RunnableScript::id).toList(),
                found.stream().map(RunnableScript::versionNo).toList(),
                now);
    }

    private static List<String> names(Resolved resolved) {
        return resolved.targets().stream().map(Target::name).toList();
    }

    private Future<Resolved> resolve(SqlConnection tx, ExecutionRequest request) {
        if (request.target() instanceof ExecutionRequest.Target.Pool pool) {
            return resolvePool(tx, request.projectId(), pool);
        }
        if (request.target() instanceof ExecutionRequest.Target.Tag tag) {
            return resolveTag(tx, request.projectId(), tag);
        }
        var named = (ExecutionRequest.Target.Desktops) request.target();
        var ids = List.copyOf(new LinkedHashSet<>(named.ids()));
        return desktops.findTargets(tx, request.projectId(), ids)
                .map(targets ->
                        new Resolved(allFound(targets, ids, "desktop %s does not exist in this project"), null));
    }

    private Future<Resolved> resolvePool(SqlConnection tx, String projectId, ExecutionRequest.Target.Pool pool) {
        return pools.find(tx, projectId, pool.poolId())
                .map(found -> found.map(DesktopPool::name)
                        .orElseThrow(() -> new ApiException.NotFound(
                                "there is no desktop pool " + pool.poolId() + " in this project")))
                .compose(name -> desktops.listPoolTargets(tx, projectId, pool.poolId())
                        .map(members -> new Resolved(
                                chosen(members, pool),
                                new TaskStore.Group(
                                        "DESKTOP_POOL", pool.poolId().toString(), name))));
    }

    private Future<Resolved> resolveTag(SqlConnection tx, String projectId, ExecutionRequest.Target.Tag tag) {
        return desktops.listTagTargets(tx, projectId, tag.match()).map(tagged -> {
            if (tagged.isEmpty()) {
                throw new ApiException.BadRequest("desktop_tag: no desktop of this project has the tag '" + tag.text()
                        + "': tag some, or name another as key=value or key, without spaces before it; the first ="
                        + " ends the key");
            }
            return new Resolved(tagged, new TaskStore.Group("DESKTOP_TAG", tag.text(), tag.text()));
        });
    }

    private static List<Target> chosen(List<Target> members, ExecutionRequest.Target.Pool pool) {
        if (members.isEmpty()) {
            throw new ApiException.BadRequest("desktop pool " + pool.poolId()
                    + " has no desktops: move some in, or enrol agents with a token of it");
        }
        if (pool.only().isEmpty()) {
            return members;
        }
        Set<UUID> only = new LinkedHashSet<>(pool.only());
        var targets =
                members.stream().filter(member -> only.contains(member.id())).toList();
        return allFound(targets, only, "desktop_ids: desktop %s is not in this pool");
    }

    private static List<Target> allFound(List<Target> targets, Iterable<UUID> ids, String message) {
        Map<UUID, Target> byId = new HashMap<>();
        targets.forEach(target -> byId.put(target.id(), target));
        var inOrder = new ArrayList<Target>(targets.size());
        for (UUID id : ids) {
            Target target = byId.get(id);
            if (target == null) {
                throw new ApiException.NotFound(String.format(message, id));
            }
            inOrder.add(target);
        }
        return inOrder;
    }

    private Future<List<RunnableScript>> runnable(SqlConnection tx, ExecutionRequest request) {
        if (!(request.work() instanceof ExecutionRequest.Work.Scripts wanted)) {
            return Future.succeededFuture(List.of());
        }
        return scripts.findRunnable(tx, request.projectId(), wanted.ids()).map(found -> {
            Set<UUID> known = new HashSet<>();
            found.forEach(script -> known.add(script.id()));
            for (UUID id : wanted.ids()) {
                if (!known.contains(id)) {
                    throw new ApiException.NotFound("script_ids: there is no script " + id + " in this project");
                }
            }
            return found;
        });
    }

    private static BatchPlan plan(ExecutionRequest request, List<Target> targets) {
        List<BatchPlan.Candidate> candidates = targets.stream()
                .map(target -> new BatchPlan.Candidate(target.id(), target.online()))
                .toList();
        try {
            return BatchPlan.of(candidates, request.grayCount(), request.grayIds());
        } catch (IllegalArgumentException e) {
            throw new ApiException.BadRequest(e.getMessage() + "; name only desktops that the task runs on");
        }
    }

    private static int threshold(ExecutionRequest request, BatchPlan plan) {
        Integer threshold = request.grayFailThreshold();
        if (threshold == null) {
            return 1;
        }
        boolean hasGrayWish = request.grayCount() > 0 || !request.grayIds().isEmpty();
        if (!hasGrayWish) {
            throw new ApiException.BadRequest(
                    "gray_fail_threshold needs a gray batch: send gray_count or the gray ids too");
        }
        int size = request.grayCount() > 0
                ? request.grayCount()
                : request.grayIds().size();
        if (request.thresholdBelowCount() && request.grayCount() > 0 && threshold >= size) {
            throw new ApiException.BadRequest("gray_fail_threshold must be below gray_count: "
                    + (size > 1
                            ? "send 1 to " + (size - 1) + ", or leave it out for 1, not " + threshold
                            : "leave it out, and a failure of the one gray desktop closes the gate"));
        }
        if (threshold > size) {
            throw new ApiException.BadRequest(
                    "gray_fail_threshold must be at most the size of the gray batch: send 1 to " + size + ", not "
                            + threshold);
        }
        return plan.hasGray() ? Math.min(threshold, Math.max(1, plan.gray().size())) : 1;
    }
}
