package io.deskwave.control.schedule;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whether what triggered firings still holds when they are started, which may be hours after they were written down. */
final class ConditionStore {
    /**
     * By the rule of {@link TriggerStore} for firing, with the planned instant in place of the event, which is forgotten: who
     * has come since then, or come and gone again, is another story.
     */
    private static final String FIND_HOLDING =
            """
            SELECT f.id AS firing_id, d.id AS desktop_id
            FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[]) AS f (id, trigger, planned_at, desktop_id)
            JOIN desktops d ON d.id = f.desktop_id AND d.deleted_at IS NULL
            WHERE CASE f.trigger
                WHEN 'POST_DESKTOP_DISCONNECTED'
                    THEN d.logged_off_at <= f.planned_at AND coalesce(d.host -> 'users', '[]') = '[]'
                WHEN 'POST_DESKTOP_CANNOT_CONNECT' THEN d.node_id IS NULL AND d.connected_at <= f.planned_at
                WHEN 'POST_REATTACH_DESKTOP_SUCCESS' THEN d.attributes ? 'user_name'
                ELSE true END
            """;

    /**
     * Of triggered firings, by their ids, the desktops for which what they follow still holds. One that it holds for nowhere
     * has none; those that are not triggered are not in it.
     */
    Future<Map<UUID, Set<UUID>>> findHolding(SqlClient client, Collection<WaitingFiring> firings) {
        var holding = new HashMap<UUID, Set<UUID>>();
        var ids = new ArrayList<UUID>();
        var triggers = new ArrayList<@Nullable String>();
        var planned = new ArrayList<Instant>();
        var desktops = new ArrayList<UUID>();
        for (WaitingFiring firing : firings) {
            List<UUID> its = firing.desktopIds();
            if (its != null) {
                holding.put(firing.id(), new HashSet<>());
                its.forEach(desktop -> {
                    ids.add(firing.id());
                    triggers.add(firing.request().getString("life_cycle_type"));
                    planned.add(firing.plannedAt());
                    desktops.add(desktop);
                });
            }
        }
        return ids.isEmpty()
                ? Future.succeededFuture(holding)
                : client.preparedQuery(FIND_HOLDING)
                        .execute(Tuple.tuple()
                                .addArrayOfUUID(ids.toArray(UUID[]::new))
                                .addArrayOfString(triggers.toArray(String[]::new))
                                .addArrayOfOffsetDateTime(
                                        planned.stream().map(Rows::utc).toArray(OffsetDateTime[]::new))
                                .addArrayOfUUID(desktops.toArray(UUID[]::new)))
                        .map(rows -> {
                            rows.forEach(row -> holding.computeIfAbsent(row.getUUID("firing_id"), id -> new HashSet<>())
                                    .add(row.getUUID("desktop_id")));
                            return holding;
                        });
    }
}
