package io.deskwave.control.schedule;

import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.DesktopStore.Target;
import io.deskwave.control.desktop.TagMatch;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** Finds the desktops that tasks apply to as they are now; what has gone since is passed over. */
final class FiringTargets {
    private final DesktopStore desktops;

    FiringTargets(DesktopStore desktops) {
        this.desktops = desktops;
    }

    /** By the firings' ids, each desktop once. The firings are of one project. */
    Future<Map<UUID, List<UUID>>> find(SqlClient client, String projectId, List<WaitingFiring> firings) {
        Set<UUID> named = new HashSet<>();
        firings.forEach(firing -> named.addAll(named(firing)));
        Map<UUID, List<UUID>> found = new HashMap<>();
        Future<Set<UUID>> there = named.isEmpty()
                ? Future.succeededFuture(Set.of())
                : desktops.findTargets(client, projectId, List.copyOf(named)).map(all -> Set.copyOf(ids(all)));
        return there.compose(known -> {
            Future<Void> done = Future.succeededFuture();
            for (WaitingFiring firing : firings) {
                Set<UUID> sofar = new LinkedHashSet<>(named(firing));
                sofar.retainAll(known);
                done = done.compose(nothing -> addGroups(client, firing, sofar)).map(nothing -> {
                    found.put(firing.id(), List.copyOf(sofar));
                    return null;
                });
            }
            return done.map(found);
        });
    }

    private static List<UUID> named(WaitingFiring firing) {
        return firing.desktopIds() != null
                ? firing.desktopIds()
                : ApplyObject.list(firing.request()).stream()
                        .filter(object -> object.type() == ApplyObject.Type.DESKTOP)
                        .map(object -> Objects.requireNonNull(object.uuid()))
                        .toList();
    }

    private Future<Void> addGroups(SqlClient client, WaitingFiring firing, Set<UUID> sofar) {
        Future<Void> done = Future.succeededFuture();
        if (firing.desktopIds() == null) {
            for (ApplyObject object : ApplyObject.list(firing.request())) {
                if (object.type() != ApplyObject.Type.DESKTOP) {
                    done = done.compose(nothing -> members(client, firing.projectId(), object))
                            .map(members -> {
                                sofar.addAll(ids(members));
                                return null;
                            });
                }
            }
        }
        return done;
    }

    private Future<List<Target>> members(SqlClient client, String projectId, ApplyObject object) {
        return switch (object.type()) {
            case DESKTOP_POOL -> desktops.listPoolTargets(client, projectId, Objects.requireNonNull(object.uuid()));
            case DESKTOP_TAG -> desktops.listTagTargets(client, projectId, TagMatch.of("object_id", object.id()));
            case ALL_DESKTOPS -> desktops.listAllTargets(client, projectId);
            case DESKTOP -> throw new IllegalArgumentException("a desktop is no group");
        };
    }

    private static List<UUID> ids(List<Target> targets) {
        return targets.stream().map(Target::id).toList();
    }
}
