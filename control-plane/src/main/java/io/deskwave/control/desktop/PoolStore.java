package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Pools. What refers to a pool keeps it: a pool with desktops cannot go, an enrollment token into it goes with it. */
public final class PoolStore {
    private static final String COLUMNS =
            """
            SELECT p.id, p.name, p.type, p.description, p.attributes, p.created_at,
                   (SELECT count(*) FROM desktops d WHERE d.pool_id = p.id AND d.deleted_at IS NULL) AS desktop_count,
                   (SELECT count(*) FROM desktops d WHERE d.pool_id = p.id AND d.deleted_at IS NULL
                       AND d.node_id IS NOT NULL AND jsonb_array_length(d.host -> 'users') > 0) AS desktop_used,
                   EXISTS (SELECT FROM sub_jobs s WHERE s.pool_id = p.id AND s.end_time IS NULL AND s.token_id IS NOT NULL)
                       AS growing
            FROM desktop_pools p
            """;

    private static final String MATCHING =
            """
            WHERE p.project_id = $1
              AND ($2::text IS NULL OR strpos(lower(p.name), lower($2)) > 0)
              AND ($3::text IS NULL OR p.type = $3)
              AND ($4::boolean IS NULL OR (p.attributes -> 'in_maintenance_mode' IS NOT DISTINCT FROM 'true') = $4)
              AND ($5::text IS NULL OR $5 = 'all_granted_eps'
                   OR coalesce(p.attributes ->> 'enterprise_project_id', '0') = $5)
            """;

    private static final String COUNT = "SELECT count(*) FROM desktop_pools p\n" + MATCHING;

    /** The pool of exactly the name that is looked for comes first: some clients take the first. */
    private static final String LIST =
            COLUMNS + MATCHING + "ORDER BY (p.name = $2) IS TRUE DESC, p.created_at, p.id LIMIT $6 OFFSET $7";

    private static final String FIND = COLUMNS + "WHERE p.project_id = $1 AND p.id = $2";

    private static final String INSERT =
            """
            INSERT INTO desktop_pools (project_id, name, type, description, attributes)
            VALUES ($1, $2, $3, $4, $5) RETURNING id
            """;

    private static final String UPDATE =
            """
            UPDATE desktop_pools SET name = coalesce($3, name), description = coalesce($4, description),
                   attributes = attributes || $5
            WHERE project_id = $1 AND id = $2
            """;

    /** Waits for what is being put into the pool: its foreign key shares the row. */
    private static final String LOCK = "SELECT FROM desktop_pools WHERE project_id = $1 AND id = $2 FOR UPDATE";

    private static final String COUNT_DESKTOPS = "SELECT count(*) FROM desktops WHERE project_id = $1 AND pool_id = $2";

    /** Locked in the order of their ids, as enrollments lock them. */
    private static final String REVOKE_TOKENS =
            """
            UPDATE enrollment_tokens SET pool_id = NULL, revoked_at = coalesce(revoked_at, now())
            WHERE id IN (SELECT id FROM enrollment_tokens WHERE project_id = $1 AND pool_id = $2 ORDER BY id FOR UPDATE)
            """;

    private static final String DELETE = "DELETE FROM desktop_pools WHERE project_id = $1 AND id = $2";

    /** Which pools of a project; null means any. */
    record Filter(
            @Nullable String namePart,
            @Nullable String type,
            @Nullable Boolean inMaintenanceMode,
            @Nullable String enterpriseProjectId) {
        static final Filter ALL = new Filter(null, null, null, null);
    }

    Future<Page<DesktopPool>> list(SqlClient client, String projectId, Filter filter, int limit, int offset) {
        return client.preparedQuery(COUNT)
                .execute(matching(projectId, filter))
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(total -> client.preparedQuery(LIST)
                        .execute(matching(projectId, filter).addInteger(limit).addInteger(offset))
                        .map(rows -> new Page<>(total, pools(rows))));
    }

    public Future<Optional<DesktopPool>> find(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(FIND).execute(Tuple.of(projectId, id)).map(rows -> pools(rows).stream()
                .findFirst());
    }

    /** Fails with a unique violation when the project has a pool of that name. */
    Future<UUID> insert(SqlClient client, String projectId, DesktopPool.New pool) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(projectId, pool.name(), pool.type(), pool.description(), pool.attributes()))
                .map(rows -> rows.iterator().next().getUUID(0));
    }

    /** Null stays as it is; attributes are merged into those that are there. */
    Future<Boolean> update(
            SqlClient client,
            String projectId,
            UUID id,
            @Nullable String name,
            @Nullable String description,
            JsonObject attributes) {
        return client.preparedQuery(UPDATE)
                .execute(Tuple.of(projectId, id, name, description, attributes))
                .map(result -> result.rowCount() == 1);
    }

    Future<Boolean> lock(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(LOCK).execute(Tuple.of(projectId, id)).map(rows -> rows.size() == 1);
    }

    Future<Long> countDesktops(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(COUNT_DESKTOPS)
                .execute(Tuple.of(projectId, id))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    Future<Void> revokeTokens(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(REVOKE_TOKENS)
                .execute(Tuple.of(projectId, id))
                .mapEmpty();
    }

    Future<Void> delete(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(DELETE).execute(Tuple.of(projectId, id)).mapEmpty();
    }

    private static Tuple matching(String projectId, Filter filter) {
        return Tuple.tuple()
                .addString(projectId)
                .addString(filter.namePart())
                .addString(filter.type())
                .addBoolean(filter.inMaintenanceMode())
                .addString(filter.enterpriseProjectId());
    }

    private static List<DesktopPool> pools(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> new DesktopPool(
                        row.getUUID("id"),
                        row.getString("name"),
                        row.getString("type"),
                        row.getString("description"),
                        row.getJsonObject("attributes"),
                        row.getOffsetDateTime("created_at").toInstant(),
                        row.getInteger("desktop_count"),
                        row.getInteger("desktop_used"),
                        row.getBoolean("growing")))
                .toList();
    }
}
