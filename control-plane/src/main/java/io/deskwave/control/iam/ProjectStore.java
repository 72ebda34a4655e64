package io.deskwave.control.iam;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Projects in PostgreSQL, as far as a user has something in them. */
final class ProjectStore {
    private static final String REACHED =
            """
            SELECT p.id, p.name, p.description, p.domain_id, p.created_at
            FROM projects p JOIN user_permissions g ON g.project_id = p.id WHERE g.user_id = $1""";
    private static final String LIST = REACHED + " ORDER BY p.created_at, p.id";
    private static final String FIND = REACHED + " AND p.id = $2";
    private static final String INSERT =
            "INSERT INTO projects (id, domain_id, name, description) VALUES ($1, $2, $3, $4)";
    private static final String UPDATE =
            """
            UPDATE projects SET name = coalesce($3, name), description = coalesce($4, description)
            WHERE domain_id = $1 AND id = $2""";
    private static final String COUNT_OTHERS = "SELECT count(*) FROM projects WHERE domain_id = $1 AND id <> $2";
    /** Whatever is in a project refers to it: the constraints tell whether it is empty. */
    private static final String DELETE = "DELETE FROM projects WHERE domain_id = $1 AND id = $2";

    record Project(String id, String name, String description, String domainId, Instant createdAt) {}

    Future<List<Project>> list(SqlClient client, String userId) {
        return client.preparedQuery(LIST).execute(Tuple.of(userId)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(ProjectStore::project)
                .toList());
    }

    Future<Optional<Project>> find(SqlClient client, String userId, String id) {
        return client.preparedQuery(FIND).execute(Tuple.of(userId, id)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(ProjectStore::project)
                .findFirst());
    }

    Future<Void> insert(SqlClient client, String id, String domainId, String name, String description) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(id, domainId, name, description))
                .mapEmpty();
    }

    Future<Void> update(
            SqlClient client, String domainId, String id, @Nullable String name, @Nullable String description) {
        return client.preparedQuery(UPDATE)
                .execute(Tuple.tuple()
                        .addString(domainId)
                        .addString(id)
                        .addString(name)
                        .addString(description))
                .mapEmpty();
    }

    Future<Boolean> hasOthers(SqlClient client, String domainId, String id) {
        return client.preparedQuery(COUNT_OTHERS)
                .execute(Tuple.of(domainId, id))
                .map(rows -> rows.iterator().next().getLong(0) > 0);
    }

    Future<Void> delete(SqlClient client, String domainId, String id) {
        return client.preparedQuery(DELETE).execute(Tuple.of(domainId, id)).mapEmpty();
    }

    private static Project project(Row row) {
        return new Project(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                row.getString("domain_id"),
                row.getOffsetDateTime("created_at").toInstant());
    }
}
