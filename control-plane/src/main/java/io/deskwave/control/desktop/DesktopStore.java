package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Desktops, their sessions and the nodes that hold these. A deleted desktop is found by {@link #findKey} alone. A session
 * is fenced by its epoch: what an older one says of its desktop changes nothing.
 */
public final class DesktopStore {
    private static final String COLUMNS =
            """
            SELECT d.id, d.project_id, d.pool_id, d.computer_name, d.host, d.boot_id, d.script_types, d.agent_version,
                   d.attributes ->> 'self_backup_management' AS self_backup_management,
                   d.node_id IS NOT NULL AS connected, d.created_at, greatest(d.last_seen_at, n.seen_at) AS last_seen_at
            FROM desktops d LEFT JOIN nodes n ON n.id = d.node_id
            """;

    private static final String MATCHING =
            """
            WHERE d.project_id = $1 AND d.deleted_at IS NULL
              AND ($2::uuid[] IS NULL OR d.id = ANY ($2))
              AND ($3::uuid[] IS NULL OR d.pool_id = ANY ($3))
              AND ($4::boolean IS NULL OR (d.node_id IS NOT NULL) = $4)
              AND ($5::boolean IS NULL OR (d.pool_id IS NOT NULL) = $5)
              AND ($6::boolean IS NULL OR (jsonb_array_length(d.host -> 'users') > 0) = $6)
              AND ($7::text[] IS NULL OR EXISTS (
                  SELECT FROM unnest($7) part WHERE strpos(lower(d.computer_name), lower(part)) > 0))
              AND ($8::text[] IS NULL OR EXISTS (
                  SELECT FROM unnest($8) name WHERE lower(d.computer_name) = lower(name)))
              AND ($9::text[] IS NULL OR EXISTS (
                  SELECT FROM jsonb_array_elements(d.host -> 'users') who, unnest($9) part
                  WHERE strpos(lower(who ->> 'name'), lower(part)) > 0))
              AND ($10::text IS NULL OR EXISTS (
                  SELECT FROM jsonb_array_elements(d.host -> 'interfaces') i
                  WHERE i -> 'ipv4' ? $10 OR i -> 'ipv6' ? lower($10)))
            """;

    private static final String COUNT_MATCHING = "SELECT count(*) FROM desktops d\n" + MATCHING;

    private static final String FIND = COLUMNS + "WHERE d.project_id = $1 AND d.id = $2 AND d.deleted_at IS NULL";

    private static final String FIND_KEY =
            """
            SELECT id, project_id, public_key, machine_id, deleted_at IS NOT NULL AS deleted
            FROM desktops WHERE id = $1
            """;

    private static final String FIND_BY_PUBLIC_KEY =
            """
            SELECT id, project_id, public_key, machine_id, deleted_at IS NOT NULL AS deleted
            FROM desktops WHERE public_key = $1
            """;

    private static final String INSERT =
            """
            INSERT INTO desktops (project_id, pool_id, computer_name, public_key, machine_id, host, boot_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
            """;

    private static final String UPDATE =
            """
            UPDATE desktops SET computer_name = coalesce($3, computer_name), attributes = attributes || $4
            WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL
            """;

    /** Waits for the records that are being made for the desktop: their foreign keys share the row. */
    private static final String LOCK =
            "SELECT FROM desktops WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE";

    private static final String DELETE =
            """
            UPDATE desktops SET deleted_at = now(), pool_id = NULL, node_id = NULL, session_epoch = session_epoch + 1
            WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL
            """;

    private static final String MOVE_INTO_POOL =
            """
            UPDATE desktops SET pool_id = $2 WHERE id IN (
                SELECT id FROM desktops WHERE project_id = $1 AND id = ANY ($3) AND deleted_at IS NULL
                ORDER BY id FOR NO KEY UPDATE)
            RETURNING id
            """;

    private static final String MOVE_OUT_OF_POOL =
            """
            UPDATE desktops SET pool_id = NULL WHERE id IN (
                SELECT id FROM desktops WHERE project_id = $1 AND pool_id = $2 AND id = ANY ($3)
                ORDER BY id FOR NO KEY UPDATE)
            RETURNING id
            """;

    private static final String FIND_TARGETS =
            """
            SELECT id, computer_name, node_id IS NOT NULL AS online FROM desktops
            WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL ORDER BY computer_name, id
            """;

    private static final String LIST_POOL_TARGETS =
            """
            SELECT id, computer_name, node_id IS NOT NULL AS online FROM desktops
            WHERE project_id = $1 AND pool_id = $2 AND deleted_at IS NULL ORDER BY computer_name, id
            """;

    private static final String CONNECT =
            """
            UPDATE desktops SET node_id = $2, session_epoch = session_epoch + 1, connected_at = now(),
                   last_seen_at = now(), host = $3, boot_id = $4, script_types = $5, agent_version = $6
            WHERE id = $1 AND deleted_at IS NULL
            RETURNING session_epoch, boot_id, project_id, computer_name
            """;

    private static final String DISCONNECT =
            """
            UPDATE desktops SET node_id = NULL, last_seen_at = now()
            WHERE id = $1 AND session_epoch = $2 AND node_id IS NOT NULL
            """;

    private static final String UPDATE_HOST =
            """
            UPDATE desktops SET host = $3, boot_id = $4, last_seen_at = now()
            WHERE id = $1 AND session_epoch = $2 AND node_id IS NOT NULL
            """;

    private static final String NODE_SEEN =
            """
            INSERT INTO nodes (id, started_at, seen_at) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET seen_at = greatest(nodes.seen_at, excluded.seen_at)
            RETURNING xmax = 0 AS inserted
            """;

    private static final String RELEASE_NODE =
            """
            WITH gone AS (DELETE FROM nodes WHERE id = $1)
            UPDATE desktops SET node_id = NULL, last_seen_at = now() WHERE node_id = $1
            """;

    /**
     * A node without a row is dead too: it was released, woke up, and took sessions before it died for good. A desktop that
     * comes in meanwhile keeps its new node: the row is compared once more with what was found, under its lock. (An anti join
     * alone is not looked at again there.)
     */
    private static final String RELEASE_DEAD_NODES =
            """
            WITH gone AS (
                DELETE FROM nodes WHERE seen_at < $1 RETURNING id, seen_at
            ), lost AS MATERIALIZED (
                SELECT d.id, d.node_id, d.session_epoch FROM desktops d
                WHERE d.node_id IS NOT NULL
                  AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = d.node_id AND n.seen_at >= $1)
            )
            UPDATE desktops d
            SET node_id = NULL,
                last_seen_at = greatest(d.last_seen_at, (SELECT gone.seen_at FROM gone WHERE gone.id = lost.node_id))
            FROM lost
            WHERE d.id = lost.id AND d.node_id = lost.node_id AND d.session_epoch = lost.session_epoch
            """;

    /** A desktop as a task sees it when it is made. */
    public record Target(UUID id, String name, boolean online) {}

    /**
     * What a hello made.
     *
     * @param epoch fences what older sessions of the same desktop say
     * @param bootId of the boot the agent runs in now
     */
    public record Session(long epoch, String bootId, String projectId, String name) {}

    /** Who holds a desktop's identity; of deleted desktops too. */
    public record Key(UUID desktopId, String projectId, String publicKey, String machineId, boolean deleted) {}

    /** A host as it is stored: what an agent says is cut to bounds. */
    public static HostInfo bounded(HostInfo said) {
        return HostInfoLimits.clean(said);
    }

    public Future<Page<Desktop>> list(SqlClient client, String projectId, DesktopFilter filter, int limit, int offset) {
        return client.preparedQuery(COUNT_MATCHING)
                .execute(matching(projectId, filter))
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(total -> total <= offset || limit == 0
                        ? Future.succeededFuture(new Page<>(total, List.of()))
                        : client.preparedQuery(listMatching(filter.order()))
                                .execute(matching(projectId, filter)
                                        .addInteger(limit)
                                        .addInteger(offset))
                                .map(rows -> new Page<>(total, desktops(rows))));
    }

    public Future<Optional<Desktop>> find(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(FIND).execute(Tuple.of(projectId, id)).map(rows -> desktops(rows).stream()
                .findFirst());
    }

    public Future<Optional<Key>> findKey(SqlClient client, UUID id) {
        return client.preparedQuery(FIND_KEY).execute(Tuple.of(id)).map(DesktopStore::key);
    }

    public Future<Optional<Key>> findByPublicKey(SqlClient client, String publicKey) {
        return client.preparedQuery(FIND_BY_PUBLIC_KEY)
                .execute(Tuple.of(publicKey))
                .map(DesktopStore::key);
    }

    /** Fails with a unique violation when the key is in use, by a deleted desktop too. */
    public Future<UUID> insert(
            SqlClient client, String projectId, @Nullable UUID poolId, String name, String publicKey, HostInfo said) {
        HostInfo host = HostInfoLimits.clean(said);
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(projectId, poolId, name, publicKey, host.machineId(), json(host), host.bootId()))
                .map(rows -> rows.iterator().next().getUUID(0));
    }

    /** Whether there was such a desktop. A null name stays as it is; attributes are merged into those that are there. */
    Future<Boolean> update(SqlClient client, String projectId, UUID id, @Nullable String name, JsonObject attributes) {
        return changedOne(client, UPDATE, Tuple.of(projectId, id, name, attributes));
    }

    Future<Boolean> lock(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(LOCK).execute(Tuple.of(projectId, id)).map(rows -> rows.size() == 1);
    }

    Future<Boolean> delete(SqlClient client, String projectId, UUID id) {
        return changedOne(client, DELETE, Tuple.of(projectId, id));
    }

    /** The ids that were found in the project and moved. */
    Future<Set<UUID>> moveIntoPool(SqlClient client, String projectId, UUID poolId, List<UUID> ids) {
        return client.preparedQuery(MOVE_INTO_POOL)
                .execute(Tuple.of(projectId, poolId, ids.toArray(UUID[]::new)))
                .map(DesktopStore::ids);
    }

    /** The ids that were in the pool and are out of it now. */
    Future<Set<UUID>> moveOutOfPool(SqlClient client, String projectId, UUID poolId, List<UUID> ids) {
        return client.preparedQuery(MOVE_OUT_OF_POOL)
                .execute(Tuple.of(projectId, poolId, ids.toArray(UUID[]::new)))
                .map(DesktopStore::ids);
    }

    /** Those of the ids that are desktops of the project, by name and id; ids that are none are missing. */
    public Future<List<Target>> findTargets(SqlClient client, String projectId, List<UUID> ids) {
        return client.preparedQuery(FIND_TARGETS)
                .execute(Tuple.of(projectId).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(DesktopStore::targets);
    }

    /** All desktops of a pool, by name and id. */
    public Future<List<Target>> listPoolTargets(SqlClient client, String projectId, UUID poolId) {
        return client.preparedQuery(LIST_POOL_TARGETS)
                .execute(Tuple.of(projectId, poolId))
                .map(DesktopStore::targets);
    }

    /** Takes the desktop's session over to a node; empty when the desktop was deleted. */
    public Future<Optional<Session>> connect(
            SqlClient client,
            UUID desktopId,
            UUID nodeId,
            HostInfo said,
            Set<ScriptType> scriptTypes,
            String agentVersion) {
        HostInfo host = HostInfoLimits.clean(said);
        String[] types = scriptTypes.stream().map(Enum::name).sorted().toArray(String[]::new);
        return client.preparedQuery(CONNECT)
                .execute(Tuple.of(
                        desktopId, nodeId, json(host), host.bootId(), types, HostInfoLimits.text(agentVersion)))
                .map(rows -> stream(rows)
                        .map(row -> new Session(
                                row.getLong("session_epoch"),
                                row.getString("boot_id"),
                                row.getString("project_id"),
                                row.getString("computer_name")))
                        .findFirst());
    }

    /** False when the session is not the desktop's newest, or had ended. */
    public Future<Boolean> disconnect(SqlClient client, UUID desktopId, long epoch) {
        return changedOne(client, DISCONNECT, Tuple.of(desktopId, epoch));
    }

    /** False when the session is not the desktop's newest, or has ended. */
    public Future<Boolean> updateHost(SqlClient client, UUID desktopId, long epoch, HostInfo said) {
        HostInfo host = HostInfoLimits.clean(said);
        return changedOne(client, UPDATE_HOST, Tuple.of(desktopId, epoch, json(host), host.bootId()));
    }

    /**
     * Says that a node is alive; a node says so before it takes its first session. True when it was not known: it is new,
     * or it was taken for dead and lost its sessions, which must be connected again.
     */
    public Future<Boolean> nodeSeen(SqlClient client, UUID nodeId, Instant startedAt, Instant now) {
        return client.preparedQuery(NODE_SEEN)
                .execute(Tuple.of(nodeId, utc(startedAt), utc(now)))
                .map(rows -> rows.iterator().next().getBoolean("inserted"));
    }

    /** Ends all sessions of a node that stops; the number of them. */
    public Future<Integer> releaseNode(SqlClient client, UUID nodeId) {
        return client.preparedQuery(RELEASE_NODE).execute(Tuple.of(nodeId)).map(SqlResult::rowCount);
    }

    /** Ends all sessions of the nodes that were not seen since then; the number of sessions. */
    public Future<Integer> releaseDeadNodes(SqlClient client, Instant notSeenSince) {
        return client.preparedQuery(RELEASE_DEAD_NODES)
                .execute(Tuple.of(utc(notSeenSince)))
                .map(SqlResult::rowCount);
    }

    private static String listMatching(DesktopFilter.Order order) {
        String by =
                switch (order) {
                    case CREATED -> "d.created_at, d.id";
                    case CREATED_DESC -> "d.created_at DESC, d.id DESC";
                    case NAME -> "d.computer_name, d.id";
                    case NAME_DESC -> "d.computer_name DESC, d.id DESC";
                };
        return COLUMNS + MATCHING + "ORDER BY " + by + " LIMIT $11 OFFSET $12";
    }

    private static Tuple matching(String projectId, DesktopFilter filter) {
        return Tuple.tuple()
                .addString(projectId)
                .addArrayOfUUID(array(filter.ids(), UUID[]::new))
                .addArrayOfUUID(array(filter.poolIds(), UUID[]::new))
                .addBoolean(filter.connected())
                .addBoolean(filter.pooled())
                .addBoolean(filter.inUse())
                .addArrayOfString(array(filter.nameParts(), String[]::new))
                .addArrayOfString(array(filter.names(), String[]::new))
                .addArrayOfString(array(filter.userParts(), String[]::new))
                .addString(filter.ip());
    }

    private static <T> T @Nullable [] array(@Nullable List<T> list, IntFunction<T[]> newArray) {
        return list == null ? null : list.stream().toArray(newArray);
    }

    private static Future<Boolean> changedOne(SqlClient client, String sql, Tuple arguments) {
        return client.preparedQuery(sql).execute(arguments).map(result -> result.rowCount() == 1);
    }

    private static List<Desktop> desktops(RowSet<Row> rows) {
        return stream(rows).map(DesktopStore::desktop).toList();
    }

    private static Desktop desktop(Row row) {
        OffsetDateTime lastSeenAt = row.getOffsetDateTime("last_seen_at");
        String selfBackup = row.getString("self_backup_management");
        return new Desktop(
                row.getUUID("id"),
                row.getString("project_id"),
                row.getUUID("pool_id"),
                row.getString("computer_name"),
                Wire.fromJson(row.getJsonObject("host").encode(), HostInfo.class),
                row.getString("boot_id"),
                Arrays.stream(row.getArrayOfStrings("script_types"))
                        .map(ScriptType::valueOf)
                        .collect(Collectors.toSet()),
                row.getString("agent_version"),
                selfBackup == null ? "0" : selfBackup,
                row.getBoolean("connected"),
                row.getOffsetDateTime("created_at").toInstant(),
                lastSeenAt == null ? null : lastSeenAt.toInstant());
    }

    private static Optional<Key> key(RowSet<Row> rows) {
        return stream(rows)
                .map(row -> new Key(
                        row.getUUID("id"),
                        row.getString("project_id"),
                        row.getString("public_key"),
                        row.getString("machine_id"),
                        row.getBoolean("deleted")))
                .findFirst();
    }

    private static List<Target> targets(RowSet<Row> rows) {
        return stream(rows)
                .map(row -> new Target(row.getUUID("id"), row.getString("computer_name"), row.getBoolean("online")))
                .toList();
    }

    private static Set<UUID> ids(RowSet<Row> rows) {
        return stream(rows).map(row -> row.getUUID("id")).collect(Collectors.toSet());
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }

    private static JsonObject json(HostInfo host) {
        return new JsonObject(Wire.toJson(host));
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
