package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Desktops as people see them: a deleted one is not found. {@link SessionStore} connects them, {@link IdentityStore} makes them. */
public final class DesktopStore {
    private static final String COLUMNS =
            """
            SELECT d.id, d.project_id, d.pool_id, d.computer_name, d.host, d.boot_id, d.script_types, d.agent_version,
                   d.attributes, d.node_id IS NOT NULL AS connected, d.hibernated_at IS NOT NULL AS hibernated,
                   (SELECT s.action FROM sub_jobs s WHERE s.desktop_id = d.id AND s.end_time IS NULL
                       AND s.action IS NOT NULL) AS power_op, d.created_at, greatest(d.last_seen_at, n.seen_at) AS last_seen_at
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
              AND ($10::jsonb IS NULL OR d.host @> $10 OR d.host @> $11::jsonb)
              AND ($12::boolean IS NULL OR (d.hibernated_at IS NOT NULL) = $12)
              AND ($13::jsonb IS NULL OR d.attributes @> $13)
              AND ($14::text IS NULL OR coalesce(d.attributes ->> 'enterprise_project_id', '0') = $14)
            """;

    private static final String COUNT_MATCHING = "SELECT count(*) FROM desktops d\n" + MATCHING;

    private static final String FIND = COLUMNS + "WHERE d.project_id = $1 AND d.id = $2 AND d.deleted_at IS NULL";

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

    /** A desktop as a task sees it when it is made. */
    public record Target(UUID id, String name, boolean online) {}

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

    private static String listMatching(DesktopFilter.Order order) {
        String by =
                switch (order) {
                    case CREATED -> "d.created_at, d.id";
                    case CREATED_DESC -> "d.created_at DESC, d.id DESC";
                    case NAME -> "d.computer_name, d.id";
                    case NAME_DESC -> "d.computer_name DESC, d.id DESC";
                };
        return COLUMNS + MATCHING + "ORDER BY " + by + " LIMIT $15 OFFSET $16";
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
                .addValue(withAddress("ipv4", filter.ip()))
                .addValue(withAddress("ipv6", filter.ip()))
                .addBoolean(filter.hibernated())
                .addValue(filter.attributes())
                .addString(filter.enterpriseProjectId());
    }

    /** What the host holds when one of its interfaces has the address. */
    private static @Nullable JsonObject withAddress(String version, @Nullable String ip) {
        return ip == null
                ? null
                : new JsonObject()
                        .put(
                                "interfaces",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put(version, new JsonArray().add(ip.toLowerCase(Locale.ROOT)))));
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
        String powerOp = row.getString("power_op");
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
                row.getJsonObject("attributes"),
                row.getBoolean("connected"),
                row.getBoolean("hibernated"),
                powerOp == null ? null : PowerOp.valueOf(powerOp),
                row.getOffsetDateTime("created_at").toInstant(),
                lastSeenAt == null ? null : lastSeenAt.toInstant());
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
}
