package io.deskwave.control.schedule;

import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.DesktopStore.Target;
import io.deskwave.control.desktop.TagMatch;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** Finds the desktops that a task applies to as they are now; what has gone since is passed over. */
final class FiringTargets {
    private final DesktopStore desktops;

    FiringTargets(DesktopStore desktops) {
        this.desktops = desktops;
    }

    /** Each once. */
    Future<List<UUID>> find(SqlClient client, WaitingFiring firing) {
        if (firing.desktopIds() != null) {
            return desktops.findTargets(client, firing.projectId(), firing.desktopIds())
                    .map(FiringTargets::ids);
        }
        List<ApplyObject> objects = ApplyObject.list(firing.request());
        if (objects.stream().anyMatch(object -> object.type() == ApplyObject.Type.ALL_DESKTOPS)) {
            return desktops.listAllTargets(client, firing.projectId()).map(FiringTargets::ids);
        }
        List<UUID> named = objects.stream()
                .filter(object -> object.type() == ApplyObject.Type.DESKTOP)
                .map(ApplyObject::uuid)
                .filter(Objects::nonNull)
                .toList();
        Future<Set<UUID>> found = named.isEmpty()
                ? Future.succeededFuture(new LinkedHashSet<>())
                : desktops.findTargets(client, firing.projectId(), named)
                        .map(targets -> new LinkedHashSet<>(ids(targets)));
        for (ApplyObject object : objects) {
            if (object.type() != ApplyObject.Type.DESKTOP) {
                found = found.compose(
                        sofar -> members(client, firing.projectId(), object).map(members -> {
                            sofar.addAll(ids(members));
                            return sofar;
                        }));
            }
        }
        return found.map(ArrayList::new);
    }

    private Future<List<Target>> members(SqlClient client, String projectId, ApplyObject object) {
        return switch (object.type()) {
            case DESKTOP_POOL -> desktops.listPoolTargets(client, projectId, Objects.requireNonNull(object.uuid()));
            case DESKTOP_TAG -> desktops.listTagTargets(client, projectId, TagMatch.of("object_id", object.id()));
            case DESKTOP, ALL_DESKTOPS -> throw new IllegalArgumentException(object.type() + " is no group");
        };
    }

    private static List<UUID> ids(List<Target> targets) {
        return targets.stream().map(Target::id).toList();
    }
}
