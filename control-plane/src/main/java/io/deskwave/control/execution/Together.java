package io.deskwave.control.execution;

import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.DesktopStore.Target;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.script.RunnableScript;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What requests of one project that are accepted together name, looked up once for all of them. */
final class Together {
    private final Map<UUID, Target> desktops = new HashMap<>();
    private final Map<UUID, RunnableScript> scripts = new HashMap<>();

    private Together() {}

    static Future<Together> find(
            SqlConnection tx,
            String projectId,
            List<ExecutionRequest> requests,
            DesktopStore desktops,
            ScriptStore scripts) {
        Set<UUID> desktopIds = new LinkedHashSet<>();
        Set<UUID> scriptIds = new LinkedHashSet<>();
        requests.forEach(request -> {
            if (request.target() instanceof ExecutionRequest.Target.Desktops named) {
                desktopIds.addAll(named.ids());
            }
            if (request.work() instanceof ExecutionRequest.Work.Scripts wanted) {
                scriptIds.addAll(wanted.ids());
            }
        });
        var found = new Together();
        Future<Void> targets = desktopIds.isEmpty()
                ? Future.succeededFuture()
                : desktops.findTargets(tx, projectId, List.copyOf(desktopIds)).map(all -> {
                    all.forEach(target -> found.desktops.put(target.id(), target));
                    return null;
                });
        return targets.compose(done -> scriptIds.isEmpty()
                        ? Future.succeededFuture(List.<RunnableScript>of())
                        : scripts.findRunnable(tx, projectId, List.copyOf(scriptIds)))
                .map(all -> {
                    all.forEach(script -> found.scripts.put(script.id(), script));
                    return found;
                });
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
                        .map(id ->
                                present(scripts.get(id), "script_ids: there is no script " + id + " in this project"))
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
