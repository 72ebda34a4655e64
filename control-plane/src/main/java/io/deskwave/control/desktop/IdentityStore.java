package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How desktops come in, and who holds their keys; of deleted desktops too, whose keys are worth nothing any more. */
public final class IdentityStore {
    private static final String KEY =
            """
            SELECT d.id, d.project_id, d.public_key, d.former_key, d.machine_id, d.deleted_at IS NOT NULL AS deleted, d.instance_id,
                   n.id AS node_id
            FROM desktops d LEFT JOIN nodes n ON n.id = d.node_id
            """;

    private static final String FIND_KEYS = KEY + "WHERE d.id = ANY ($1)";

    private static final String FIND_BY_PUBLIC_KEYS = KEY + "WHERE d.public_key = ANY ($1)";

    /** In the order of the keys, so that two that insert the same keys do not wait for each other. */
    private static final String INSERT =
            """
            WITH made AS (
                INSERT INTO desktops (project_id, pool_id, computer_name, public_key, machine_id, host, boot_id, attributes)
                SELECT n.project_id, n.pool_id, n.name, n.public_key, n.machine_id, n.host::jsonb, n.boot_id,
                       n.attributes::jsonb
                FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
                    AS n (project_id, pool_id, name, public_key, machine_id, host, boot_id, attributes)
                ORDER BY n.public_key
                RETURNING id, public_key
            ), told AS (
                INSERT INTO desktop_events (desktop_id, kind) SELECT id, 'CREATED' FROM made
            )
            SELECT id, public_key FROM made
            """;

    /**
     * Who holds a desktop's identity.
     *
     * @param formerKey that of the machine which the desktop was until it was rebuilt
     * @param instanceId the agent's process that came in last
     * @param nodeId the node that holds its session; null when it has none, or on a node that is dead
     */
    public record Key(
            UUID desktopId,
            String projectId,
            String publicKey,
            @Nullable String formerKey,
            String machineId,
            boolean deleted,
            @Nullable UUID instanceId,
            @Nullable UUID nodeId) {}

    /** A desktop that comes in. */
    public record New(
            String projectId,
            @Nullable UUID poolId,
            String name,
            String publicKey,
            HostInfo host,
            JsonObject attributes) {
        public New(String projectId, @Nullable UUID poolId, String name, String publicKey, HostInfo host) {
            this(projectId, poolId, name, publicKey, host, new JsonObject());
        }
    }

    /** A host as it is stored: what an agent says is cut to bounds. */
    public static HostInfo bounded(HostInfo said) {
        return HostInfoLimits.clean(said);
    }

    /** Those of the desktops that there are or were, by their ids. */
    public Future<Map<UUID, Key>> findKeys(SqlClient client, Collection<UUID> desktopIds) {
        return client.preparedQuery(FIND_KEYS)
                .execute(Tuple.tuple().addArrayOfUUID(desktopIds.toArray(UUID[]::new)))
                .map(rows -> keys(rows, Key::desktopId));
    }

    /** The desktops that these keys are in use by, by the keys. */
    public Future<Map<String, Key>> findByPublicKeys(SqlClient client, Collection<String> publicKeys) {
        return client.preparedQuery(FIND_BY_PUBLIC_KEYS)
                .execute(Tuple.tuple().addArrayOfString(publicKeys.toArray(String[]::new)))
                .map(rows -> keys(rows, Key::publicKey));
    }

    /** The ids by the keys. Fails with a unique violation when a key is in use, by a deleted desktop too. */
    public Future<Map<String, UUID>> insert(SqlClient client, List<New> desktops) {
        List<HostInfo> hosts =
                desktops.stream().map(desktop -> bounded(desktop.host())).toList();
        Tuple values = Tuple.tuple()
                .addArrayOfString(texts(desktops, New::projectId))
                .addArrayOfUUID(desktops.stream().map(New::poolId).toArray(UUID[]::new))
                .addArrayOfString(texts(desktops, New::name))
                .addArrayOfString(texts(desktops, New::publicKey))
                .addArrayOfString(texts(hosts, HostInfo::machineId))
                .addArrayOfString(texts(hosts, Wire::toJson))
                .addArrayOfString(texts(hosts, HostInfo::bootId))
                .addArrayOfString(
                        texts(desktops, desktop -> desktop.attributes().encode()));
        return client.preparedQuery(INSERT).execute(values).map(rows -> {
            Map<String, UUID> ids = new HashMap<>();
            rows.forEach(row -> ids.put(row.getString("public_key"), row.getUUID("id")));
            return ids;
        });
    }

    private static <K> Map<K, Key> keys(RowSet<Row> rows, Function<Key, K> by) {
        Map<K, Key> keys = new HashMap<>();
        for (Row row : rows) {
            var key = new Key(
                    row.getUUID("id"),
                    row.getString("project_id"),
                    row.getString("public_key"),
                    row.getString("former_key"),
                    row.getString("machine_id"),
                    row.getBoolean("deleted"),
                    row.getUUID("instance_id"),
                    row.getUUID("node_id"));
            keys.put(by.apply(key), key);
        }
        return keys;
    }

    private static <T> String[] texts(List<T> all, Function<T, String> text) {
        return all.stream().map(text).toArray(String[]::new);
    }
}
