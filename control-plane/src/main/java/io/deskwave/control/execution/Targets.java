package io.deskwave.control.execution;

import io.deskwave.control.desktop.DesktopPool;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.DesktopStore.Target;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds the desktops of the pool or the tag that a request names. */
final class Targets {
    private final DesktopStore desktops;
    private final PoolStore pools;

    Targets(DesktopStore desktops, PoolStore pools) {
        this.desktops = desktops;
        this.pools = pools;
    }

    /** @param group what they were found by; null when they were named one by one */
    record Resolved(List<Target> targets, TaskStore.@Nullable Group group) {}

    Future<Resolved> resolve(SqlConnection tx, ExecutionRequest request) {
        if (request.target() instanceof ExecutionRequest.Target.Pool pool) {
            return resolvePool(tx, request.projectId(), pool);
        }
        if (request.target() instanceof ExecutionRequest.Target.Tag tag) {
            return resolveTag(tx, request.projectId(), tag);
        }
        throw new IllegalArgumentException("desktops that are named one by one are in no group");
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
        Map<UUID, Target> byId = new HashMap<>();
        members.forEach(member -> byId.put(member.id(), member));
        var targets = new ArrayList<Target>();
        for (UUID id : new LinkedHashSet<>(pool.only())) {
            Target target = byId.get(id);
            if (target == null) {
                throw new ApiException.NotFound("desktop_ids: desktop " + id + " is not in this pool");
            }
            targets.add(target);
        }
        return targets;
    }
}
