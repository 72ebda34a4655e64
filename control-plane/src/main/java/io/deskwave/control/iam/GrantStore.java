package io.deskwave.control.iam;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Who may do what where, in PostgreSQL. */
final class GrantStore {
    private static final String LIST =
            """
            SELECT u.name AS user_name, u.tokens_generation, p.id, p.name, p.description, d.id AS domain_id, d.name AS domain_name,
                g.permissions,
                coalesce((
                    SELECT jsonb_agg(jsonb_build_object('id', pg.id, 'name', pg.name, 'permissions', pg.permissions)
                        ORDER BY pg.name)
                    FROM user_permission_groups m JOIN permission_groups pg ON pg.id = m.group_id
                    WHERE m.user_id = g.user_id AND m.project_id = g.project_id), '[]') AS groups
            FROM user_permissions g
            JOIN users u ON u.id = g.user_id
            JOIN projects p ON p.id = g.project_id
            JOIN domains d ON d.id = p.domain_id
            WHERE g.user_id = $1 AND ($2 OR NOT u.disabled)
            ORDER BY p.created_at, p.id""";
    private static final String PUT =
            """
            INSERT INTO user_permissions (user_id, project_id, permissions) VALUES ($1, $2, $3)
            ON CONFLICT (user_id, project_id) DO UPDATE SET permissions = EXCLUDED.permissions""";
    private static final String CLEAR_GROUPS =
            "DELETE FROM user_permission_groups WHERE user_id = $1 AND project_id = $2";
    private static final String PUT_GROUPS =
            "INSERT INTO user_permission_groups (user_id, project_id, group_id) SELECT $1, $2, unnest($3::text[])";
    private static final String DELETE = "DELETE FROM user_permissions WHERE user_id = $1 AND project_id = $2";
    /** For a new project: its maker has what they have where they came from, and that project's administrators are its. */
    private static final String COPY =
            """
            INSERT INTO user_permissions (user_id, project_id, permissions)
            SELECT g.user_id, $3, CASE WHEN g.user_id = $1 THEN g.permissions ELSE '{}' END
            FROM user_permissions g
            WHERE g.project_id = $2 AND (g.user_id = $1 OR EXISTS (
                SELECT FROM user_permission_groups m
                WHERE m.user_id = g.user_id AND m.project_id = $2 AND m.group_id = 'administrator'))""";

    private static final String COPY_GROUPS =
            """
            INSERT INTO user_permission_groups (user_id, project_id, group_id)
            SELECT user_id, $3, group_id FROM user_permission_groups
            WHERE project_id = $2 AND (user_id = $1 OR group_id = 'administrator')""";
    /** A project where nobody else who can log in is administrator. */
    private static final String FIND_ORPHAN =
            """
            SELECT p.name FROM user_permission_groups m JOIN projects p ON p.id = m.project_id
            WHERE m.user_id = $1 AND m.group_id = 'administrator' AND ($2::text IS NULL OR m.project_id = $2)
                AND NOT EXISTS (
                    SELECT FROM user_permission_groups o JOIN users u ON u.id = o.user_id
                    WHERE o.project_id = m.project_id AND o.group_id = 'administrator' AND o.user_id <> $1
                        AND NOT u.disabled)
            LIMIT 1""";

    /** Those of a disabled user are only wanted where somebody else manages them. */
    Future<List<Grant>> list(SqlClient client, String userId, boolean evenDisabled) {
        return client.preparedQuery(LIST)
                .execute(Tuple.of(userId, evenDisabled))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(GrantStore::grant)
                        .toList());
    }

    Future<Void> put(
            SqlClient client, String userId, String projectId, Collection<String> groups, Collection<String> single) {
        return client.preparedQuery(PUT)
                .execute(Tuple.of(userId, projectId).addArrayOfString(single.toArray(new String[0])))
                .compose(put -> client.preparedQuery(CLEAR_GROUPS).execute(Tuple.of(userId, projectId)))
                .compose(cleared -> client.preparedQuery(PUT_GROUPS)
                        .execute(Tuple.of(userId, projectId).addArrayOfString(groups.toArray(new String[0]))))
                .mapEmpty();
    }

    Future<Boolean> delete(SqlClient client, String userId, String projectId) {
        return client.preparedQuery(DELETE).execute(Tuple.of(userId, projectId)).map(result -> result.rowCount() == 1);
    }

    Future<Void> copy(SqlClient client, String makerId, String fromProject, String toProject) {
        return client.preparedQuery(COPY)
                .execute(Tuple.of(makerId, fromProject, toProject))
                .compose(copied -> client.preparedQuery(COPY_GROUPS).execute(Tuple.of(makerId, fromProject, toProject)))
                .mapEmpty();
    }

    /** The name of a project, or of the given one, that would have no administrator left without the user. */
    Future<Optional<String>> findOrphan(SqlClient client, String userId, Optional<String> projectId) {
        return client.preparedQuery(FIND_ORPHAN)
                .execute(Tuple.of(userId, projectId.orElse(null)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> row.getString("name"))
                        .findFirst());
    }

    private static Grant grant(Row row) {
        return new Grant(
                row.getString("user_name"),
                row.getLong("tokens_generation"),
                new Grant.Place(row.getString("id"), row.getString("name"), row.getString("description")),
                new Grant.Place(row.getString("domain_id"), row.getString("domain_name"), ""),
                Set.of(row.getArrayOfStrings("permissions")),
                row.getJsonArray("groups").stream()
                        .map(group -> group((JsonObject) group))
                        .toList());
    }

    private static Grant.Group group(JsonObject json) {
        JsonArray permissions = json.getJsonArray("permissions");
        return new Grant.Group(
                json.getString("id"),
                json.getString("name"),
                permissions.stream().map(String::valueOf).collect(Collectors.toSet()));
    }
}
