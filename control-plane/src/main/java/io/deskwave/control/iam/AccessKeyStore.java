package io.deskwave.control.iam;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Access keys in PostgreSQL, without their secrets. */
final class AccessKeyStore {
    private static final String COLUMNS = "access_key, user_id, description, disabled, created_at";
    private static final String INSERT =
            "INSERT INTO access_keys (access_key, user_id, made_by, wrapped_secret, description)"
                    + " VALUES ($1, $2, $3, $4, $5) RETURNING " + COLUMNS;
    private static final String LIST =
            "SELECT " + COLUMNS + " FROM access_keys WHERE user_id = $1 ORDER BY created_at, access_key";
    private static final String FIND = "SELECT " + COLUMNS + " FROM access_keys WHERE access_key = $1";
    private static final String UPDATE =
            """
            UPDATE access_keys SET disabled = coalesce($2, disabled), description = coalesce($3, description)
            WHERE access_key = $1""";
    private static final String DELETE = "DELETE FROM access_keys WHERE access_key = $1";

    private static final String DISABLE_FOREIGN =
            "UPDATE access_keys SET disabled = true WHERE user_id = $1 AND made_by <> user_id";
    private static final String DISABLE_FOREIGN_IN_PROJECT =
            """
            UPDATE access_keys k SET disabled = true
            WHERE k.user_id = $1 AND k.made_by <> k.user_id AND NOT EXISTS (
                SELECT FROM user_permission_groups m
                WHERE m.user_id = k.made_by AND m.project_id = $2 AND m.group_id = 'administrator')""";
    private static final String DISABLE_FOREIGN_OF_GROUP =
            """
            UPDATE access_keys k SET disabled = true FROM user_permission_groups g
            WHERE g.group_id = $1 AND k.user_id = g.user_id AND k.made_by <> k.user_id AND NOT EXISTS (
                SELECT FROM user_permission_groups m
                WHERE m.user_id = k.made_by AND m.project_id = g.project_id AND m.group_id = 'administrator')""";

    record Known(String accessKey, String userId, String description, boolean disabled, Instant createdAt) {}

    Future<Known> insert(
            SqlClient client,
            String accessKey,
            String userId,
            String makerId,
            byte[] wrappedSecret,
            String description) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(accessKey, userId, makerId, Buffer.buffer(wrappedSecret), description))
                .map(rows -> known(rows).get(0));
    }

    Future<List<Known>> list(SqlClient client, String userId) {
        return client.preparedQuery(LIST).execute(Tuple.of(userId)).map(AccessKeyStore::known);
    }

    Future<Optional<Known>> find(SqlClient client, String accessKey) {
        return client.preparedQuery(FIND).execute(Tuple.of(accessKey)).map(rows -> known(rows).stream()
                .findFirst());
    }

    Future<Void> update(SqlClient client, String accessKey, @Nullable Boolean disabled, @Nullable String description) {
        return client.preparedQuery(UPDATE)
                .execute(Tuple.tuple().addString(accessKey).addBoolean(disabled).addString(description))
                .mapEmpty();
    }

    /** Those that somebody else made for the user. */
    Future<Void> disableForeign(SqlClient client, String userId) {
        return client.preparedQuery(DISABLE_FOREIGN).execute(Tuple.of(userId)).mapEmpty();
    }

    /** The same, but not those of the project's administrators. */
    Future<Void> disableForeign(SqlClient client, String userId, String projectId) {
        return client.preparedQuery(DISABLE_FOREIGN_IN_PROJECT)
                .execute(Tuple.of(userId, projectId))
                .mapEmpty();
    }

    /** The same for all who have a group, each where they have it. */
    Future<Void> disableForeignOfGroup(SqlClient client, String groupId) {
        return client.preparedQuery(DISABLE_FOREIGN_OF_GROUP)
                .execute(Tuple.of(groupId))
                .mapEmpty();
    }

    Future<Void> delete(SqlClient client, String accessKey) {
        return client.preparedQuery(DELETE).execute(Tuple.of(accessKey)).mapEmpty();
    }

    private static List<Known> known(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> new Known(
                        row.getString("access_key"),
                        row.getString("user_id"),
                        row.getString("description"),
                        row.getBoolean("disabled"),
                        row.getOffsetDateTime("created_at").toInstant()))
                .toList();
    }
}
