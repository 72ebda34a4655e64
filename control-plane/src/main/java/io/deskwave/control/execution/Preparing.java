package io.deskwave.control.execution;

import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.DesktopStore.Target;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.execution.ExecutionRequest.Target.Desktops;
import io.deskwave.control.execution.Targets.Resolved;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.script.RunnableScript;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes tasks of requests of one project; the desktops and scripts that they name are looked up once for all of them. */
final class Preparing {
    private final DesktopStore desktops;
    private final ScriptStore scripts;
    private final Targets targets;
    private final InstantSource clock;

    Preparing(DesktopStore desktops, PoolStore pools, ScriptStore scripts, InstantSource clock) {
        this.desktops = desktops;
        this.scripts = scripts;
        this.targets = new Targets(desktops, pools);
        this.clock = clock;
    }

    /** The id that a request's task is to have. */
    record Wanted(UUID taskId, ExecutionRequest request) {}

    /** A task that is to be inserted, or why there is none. */
    record Prepared(UUID taskId, TaskStore.@Nullable NewTask task, @Nullable ApiException refused) {
        TaskStore.NewTask orThrow() {
            if (task == null) {
                throw refused == null ? new IllegalStateException("neither a task nor a reason") : refused;
            }
            return task;
        }
    }

    /** In their order. What one names wrongly is held against it alone. */
    Future<List<Prepared>> prepare(SqlConnection tx, List<Wanted> all) {
        return look(tx, all).compose(found -> {
            var prepared = new ArrayList<Prepared>(all.size());
            Future<List<Prepared>> done = Future.succeededFuture(prepared);
            for (Wanted each : all) {
                done = done.compose(before -> prepare(tx, each, found)).map(one -> {
                    prepared.add(one);
                    return prepared;
                });
            }
            return done;
        });
    }

    private Future<Prepared> prepare(SqlConnection tx, Wanted wanted, Found found) {
        ExecutionRequest request = wanted.request();
        Future<Resolved> resolved = request.target() instanceof Desktops named
                ? Future.succeededFuture().map(nothing -> new Resolved(found.desktops(named.ids()), null))
                : targets.resolve(tx, request);
        return resolved.map(its ->
                        Planning.task(wanted.taskId(), request, its, found.scripts(request.work()), clock.instant()))
                .map(task -> new Prepared(wanted.taskId(), task, null))
                .recover(failure -> failure instanceof ApiException refused
                        ? Future.succeededFuture(new Prepared(wanted.taskId(), null, refused))
                        : Future.failedFuture(failure));
    }

    private Future<Found> look(SqlConnection tx, List<Wanted> all) {
        String projectId = all.get(0).request().projectId();
        Set<UUID> desktopIds = new LinkedHashSet<>();
        Set<UUID> scriptIds = new LinkedHashSet<>();
        all.forEach(each -> {
            if (each.request().target() instanceof Desktops named) {
                desktopIds.addAll(named.ids());
            }
            if (each.request().work() instanceof ExecutionRequest.Work.Scripts wanted) {
                scriptIds.addAll(wanted.ids());
            }
        });
        Future<List<Target>> found = desktopIds.isEmpty()
                ? Future.succeededFuture(List.of())
                : desktops.findTargets(tx, projectId, List.copyOf(desktopIds));
        return found.compose(there -> (scriptIds.isEmpty()
                        ? Future.succeededFuture(List.<RunnableScript>of())
                        : scripts.findRunnable(tx, projectId, List.copyOf(scriptIds)))
                .map(runnable -> Found.of(there, runnable)));
    }

    /** What is there of what was named. */
    private record Found(Map<UUID, Target> desktops, Map<UUID, RunnableScript> scripts) {
        static Found of(List<Target> desktops, List<RunnableScript> scripts) {
            var found = new Found(new HashMap<>(), new HashMap<>());
            desktops.forEach(desktop -> found.desktops.put(desktop.id(), desktop));
            scripts.forEach(script -> found.scripts.put(script.id(), script));
            return found;
        }

        /** In the order of the ids, each once. */
        List<Target> desktops(List<UUID> ids) {
            return new LinkedHashSet<>(ids)
                    .stream()
                            .map(id -> present(desktops.get(id), "desktop " + id + " does not exist in this project"))
                            .toList();
        }

        List<RunnableScript> scripts(ExecutionRequest.Work work) {
            return work instanceof ExecutionRequest.Work.Scripts wanted
                    ? wanted.ids().stream()
                            .map(id -> present(
                                    scripts.get(id), "script_ids: there is no script " + id + " in this project"))
                            .toList()
                    : List.of();
        }

        private static <T> T present(@Nullable T found, String message) {
            if (found == null) {
                throw new ApiException.NotFound(message);
            }
            return found;
        }
    }
}
