package io.deskwave.control.schedule;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The names of what a scheduled task can apply to. */
final class ObjectStore {
    private static final String DESKTOPS =
            """
            SELECT id, computer_name AS name FROM desktops
            WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL""";
    private static final String POOLS = "SELECT id, name FROM desktop_pools WHERE project_id = $1 AND id = ANY ($2)";

    /** By id; what is not in the project is missing. */
    record Names(Map<UUID, String> desktops, Map<UUID, String> pools) {
        Names {
            desktops = Map.copyOf(desktops);
            pools = Map.copyOf(pools);
        }
    }

    Future<Names> names(SqlClient client, String projectId, Collection<UUID> desktopIds, Collection<UUID> poolIds) {
        return read(client, DESKTOPS, projectId, desktopIds)
                .compose(desktops -> read(client, POOLS, projectId, poolIds).map(pools -> new Names(desktops, pools)));
    }

    private static Future<Map<UUID, String>> read(
            SqlClient client, String sql, String projectId, Collection<UUID> ids) {
        if (ids.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        return client.preparedQuery(sql)
                .execute(Tuple.of(projectId).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> {
                    Map<UUID, String> names = new HashMap<>();
                    rows.forEach(row -> names.put(row.getUUID("id"), row.getString("name")));
                    return names;
                });
    }
}
