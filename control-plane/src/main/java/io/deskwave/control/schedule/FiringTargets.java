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
    private final ConditionStore conditions = new ConditionStore();

    FiringTargets(DesktopStore desktops) {
        this.desktops = desktops;
    }

    /** For firings of one project in one transaction: what is named one by one is looked up for all of them. */
    Future<Lookup> look(SqlClient client, String projectId, List<WaitingFiring> firings) {
        Set<UUID> named = new HashSet<>();
        firings.forEach(firing -> named.addAll(named(firing)));
        return named.isEmpty()
                ? Future.succeededFuture(new Lookup(client, projectId, Set.of(), Map.of()))
                : desktops.findTargets(client, projectId, List.copyOf(named)).compose(found -> conditions
                        .findHolding(client, firings)
                        .map(holding -> new Lookup(client, projectId, Set.copyOf(ids(found)), holding)));
    }

    private static List<UUID> named(WaitingFiring firing) {
        return firing.desktopIds() != null
                ? firing.desktopIds()
                : ApplyObject.list(firing.request()).stream()
                        .filter(object -> object.type() == ApplyObject.Type.DESKTOP)
                        .map(object -> Objects.requireNonNull(object.uuid()))
                        .toList();
    }

    private static List<UUID> ids(List<Target> targets) {
        return targets.stream().map(Target::id).toList();
    }

    /** Each group is read once, and only when a firing needs it. Of a triggered firing those that it still holds for. */
    final class Lookup {
        private final SqlClient client;
        private final String projectId;
        private final Set<UUID> there;
        private final Map<UUID, Set<UUID>> holding;
        private final Map<String, List<UUID>> groups = new HashMap<>();

        Lookup(SqlClient client, String projectId, Set<UUID> there, Map<UUID, Set<UUID>> holding) {
            this.client = client;
            this.projectId = projectId;
            this.there = there;
            this.holding = holding;
        }

        /** Each desktop once. */
        Future<List<UUID>> desktops(WaitingFiring firing) {
            Set<UUID> found = new LinkedHashSet<>(named(firing));
            found.retainAll(there);
            Future<Void> done = Future.succeededFuture();
            if (firing.desktopIds() != null) {
                found.retainAll(holding.getOrDefault(firing.id(), Set.of()));
            } else {
                for (ApplyObject object : ApplyObject.list(firing.request())) {
                    if (object.type() != ApplyObject.Type.DESKTOP) {
                        done = done.compose(nothing -> group(object)).map(members -> {
                            found.addAll(members);
                            return null;
                        });
                    }
                }
            }
            return done.map(nothing -> List.copyOf(found));
        }

        private Future<List<UUID>> group(ApplyObject object) {
            String key = object.type() + " " + object.id();
            List<UUID> known = groups.get(key);
            return known != null
                    ? Future.succeededFuture(known)
                    : members(object).map(members -> {
                        groups.put(key, ids(members));
                        return ids(members);
                    });
        }

        private Future<List<Target>> members(ApplyObject object) {
            return switch (object.type()) {
                case DESKTOP_POOL -> desktops.listPoolTargets(client, projectId, Objects.requireNonNull(object.uuid()));
                case DESKTOP_TAG -> desktops.listTagTargets(client, projectId, TagMatch.of("object_id", object.id()));
                case ALL_DESKTOPS -> desktops.listAllTargets(client, projectId);
                case DESKTOP -> throw new IllegalArgumentException("a desktop is no group");
            };
        }
    }
}
