package io.deskwave.control.iam;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/** Groups of permissions in PostgreSQL: those of an account, and the built-in ones. */
final class GroupStore {
    private static final String COLUMNS =
            "id, name, description, permissions, domain_id IS NULL AS built_in, created_at";
    private static final String VISIBLE = " FROM permission_groups WHERE (domain_id = $1 OR domain_id IS NULL)";
    private static final String LIST =
            "SELECT " + COLUMNS + VISIBLE + " ORDER BY domain_id NULLS FIRST, name LIMIT $2 OFFSET $3";
    private static final String COUNT = "SELECT count(*)" + VISIBLE;
    private static final String FIND = "SELECT " + COLUMNS + VISIBLE + " AND id = ANY($2)";
    private static final String INSERT =
            "INSERT INTO permission_groups (domain_id, id, name, description, permissions) VALUES ($1, $2, $3, $4, $5)"
                    + " RETURNING " + COLUMNS;
    private static final String UPDATE =
            "UPDATE permission_groups SET name = $3, description = $4, permissions = $5 WHERE domain_id = $1 AND id = $2"
                    + " RETURNING " + COLUMNS;
    private static final String DELETE = "DELETE FROM permission_groups WHERE domain_id = $1 AND id = $2";
    private static final String LIST_PROJECTS =
            "SELECT DISTINCT project_id FROM user_permission_groups WHERE group_id = $1";

    record Stored(
            String id, String name, String description, Set<String> permissions, boolean builtIn, Instant createdAt) {
        Stored {
            permissions = Set.copyOf(permissions);
        }
    }

    Future<List<Stored>> list(SqlClient client, String domainId, int limit, int offset) {
        return client.preparedQuery(LIST)
                .execute(Tuple.of(domainId, limit, offset))
                .map(GroupStore::groups);
    }

    Future<Long> count(SqlClient client, String domainId) {
        return client.preparedQuery(COUNT)
                .execute(Tuple.of(domainId))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Those that there are. */
    Future<List<Stored>> find(SqlClient client, String domainId, List<String> ids) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(domainId).addArrayOfString(ids.toArray(new String[0])))
                .map(GroupStore::groups);
    }

    Future<Optional<Stored>> find(SqlClient client, String domainId, String id) {
        return find(client, domainId, List.of(id)).map(found -> found.stream().findFirst());
    }

    Future<Stored> insert(SqlClient client, String domainId, Stored made) {
        return client.preparedQuery(INSERT)
                .execute(values(domainId, made))
                .map(rows -> group(rows.iterator().next()));
    }

    Future<Stored> update(SqlClient client, String domainId, Stored changed) {
        return client.preparedQuery(UPDATE)
                .execute(values(domainId, changed))
                .map(rows -> group(rows.iterator().next()));
    }

    Future<Void> delete(SqlClient client, String domainId, String id) {
        return client.preparedQuery(DELETE).execute(Tuple.of(domainId, id)).mapEmpty();
    }

    /** Where somebody has the group. */
    Future<List<String>> listProjects(SqlClient client, String id) {
        return client.preparedQuery(LIST_PROJECTS).execute(Tuple.of(id)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> row.getString("project_id"))
                .toList());
    }

    private static Tuple values(String domainId, Stored group) {
        return Tuple.of(domainId, group.id(), group.name(), group.description())
                .addArrayOfString(group.permissions().toArray(new String[0]));
    }

    private static List<Stored> groups(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(GroupStore::group)
                .toList();
    }

    private static Stored group(Row row) {
        return new Stored(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                Set.of(row.getArrayOfStrings("permissions")),
                row.getBoolean("built_in"),
                row.getOffsetDateTime("created_at").toInstant());
    }
}
