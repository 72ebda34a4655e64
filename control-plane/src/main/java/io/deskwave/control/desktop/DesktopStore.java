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
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Desktops as people see them: a deleted one is not found. {@link SessionStore} connects them, {@link IdentityStore} makes them. */
public final class DesktopStore {
    static final String COLUMNS =
            """
            SELECT d.id, d.project_id, d.pool_id, d.computer_name, d.host::text AS host, d.boot_id, d.script_types, d.agent_version,
                   d.attributes, d.node_id IS NOT NULL AS connected, d.hibernated_at IS NOT NULL AS hibernated,
                   (SELECT s.action FROM sub_jobs s WHERE s.desktop_id = d.id AND s.end_time IS NULL
                       AND s.action IS NOT NULL) AS power_op, d.created_at, greatest(d.last_seen_at, n.seen_at) AS last_seen_at,
                   (SELECT jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) ORDER BY t.key)
                    FROM desktop_tags t WHERE t.desktop_id = d.id) AS tags
            """;

    static final String NODES = " LEFT JOIN nodes n ON n.id = d.node_id ";

    private static final String FIND =
            COLUMNS + "FROM desktops d" + NODES + "WHERE d.project_id = $1 AND d.id = $2 AND d.deleted_at IS NULL";

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
            WITH untagged AS (DELETE FROM desktop_tags WHERE project_id = $1 AND desktop_id = $2)
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

    private static final String LIST_ALL_TARGETS =
            """
            SELECT id, computer_name, node_id IS NOT NULL AS online FROM desktops
            WHERE project_id = $1 AND deleted_at IS NULL ORDER BY computer_name, id
            """;

    private static final String LIST_TAG_TARGETS =
            """
            SELECT d.id, d.computer_name, d.node_id IS NOT NULL AS online
            FROM desktop_tags t JOIN desktops d ON d.id = t.desktop_id
            WHERE t.project_id = $1 AND t.key = $2 AND ($3::text[] IS NULL OR t.value = ANY ($3))
              AND d.project_id = $1 AND d.deleted_at IS NULL
            ORDER BY d.computer_name, d.id
            """;

    private final DesktopListStore lists = new DesktopListStore();

    /** A desktop as a task sees it when it is made. */
    public record Target(UUID id, String name, boolean online) {}

    public Future<Page<Desktop>> list(SqlClient client, String projectId, DesktopFilter filter, int limit, int offset) {
        return lists.list(client, projectId, filter, limit, offset);
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

    /** All desktops of a project, by name and id. */
    public Future<List<Target>> listAllTargets(SqlClient client, String projectId) {
        return client.preparedQuery(LIST_ALL_TARGETS)
                .execute(Tuple.of(projectId))
                .map(DesktopStore::targets);
    }

    /** All desktops with a tag, by name and id. */
    public Future<List<Target>> listTagTargets(SqlClient client, String projectId, TagMatch tag) {
        String[] values = tag.values().isEmpty() ? null : tag.values().toArray(String[]::new);
        return client.preparedQuery(LIST_TAG_TARGETS)
                .execute(Tuple.of(projectId, tag.key()).addArrayOfString(values))
                .map(DesktopStore::targets);
    }

    private static Future<Boolean> changedOne(SqlClient client, String sql, Tuple arguments) {
        return client.preparedQuery(sql).execute(arguments).map(result -> result.rowCount() == 1);
    }

    /** Of the rows that are of a desktop. */
    static List<Desktop> desktops(RowSet<Row> rows) {
        return stream(rows)
                .filter(row -> row.getUUID("id") != null)
                .map(DesktopStore::desktop)
                .toList();
    }

    private static Desktop desktop(Row row) {
        OffsetDateTime lastSeenAt = row.getOffsetDateTime("last_seen_at");
        String powerOp = row.getString("power_op");
        return new Desktop(
                row.getUUID("id"),
                row.getString("project_id"),
                row.getUUID("pool_id"),
                row.getString("computer_name"),
                Wire.fromJson(row.getString("host"), HostInfo.class),
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
                lastSeenAt == null ? null : lastSeenAt.toInstant(),
                tags(row.getJsonArray("tags")));
    }

    private static List<Tag> tags(@Nullable JsonArray tags) {
        return tags == null
                ? List.of()
                : tags.stream()
                        .map(JsonObject.class::cast)
                        .map(tag -> new Tag(tag.getString("key"), tag.getString("value")))
                        .toList();
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
