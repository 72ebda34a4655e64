package io.deskwave.control.schedule;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** The agencies that a project has made: one for each scene. */
final class AgencyStore {
    private static final String INSERT =
            "INSERT INTO agencies (project_id, scene) VALUES ($1, $2) ON CONFLICT (project_id, scene) DO NOTHING";
    private static final String LIST =
            """
            SELECT id, scene FROM agencies
            WHERE project_id = $1 AND (cardinality($2::text[]) = 0 OR scene = ANY ($2)) ORDER BY created_at, scene""";
    private static final String EXISTS = "SELECT FROM agencies WHERE project_id = $1 AND scene = $2";

    record Agency(UUID id, String scene) {}

    /** An agency that is there already stays. */
    Future<Void> insert(SqlClient client, String projectId, String scene) {
        return client.preparedQuery(INSERT).execute(Tuple.of(projectId, scene)).mapEmpty();
    }

    Future<Boolean> exists(SqlClient client, String projectId, String scene) {
        return client.preparedQuery(EXISTS).execute(Tuple.of(projectId, scene)).map(rows -> rows.size() == 1);
    }

    /** Of all scenes when none is given. */
    Future<List<Agency>> list(SqlClient client, String projectId, Collection<String> scenes) {
        return client.preparedQuery(LIST)
                .execute(Tuple.of(projectId).addArrayOfString(scenes.toArray(String[]::new)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> new Agency(row.getUUID("id"), row.getString("scene")))
                        .toList());
    }
}
