package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What asynchronous actions came to. */
public final class JobStore {
    private static final String INSERT_DONE =
            """
            INSERT INTO jobs (project_id, job_type, status, end_time, entities) VALUES ($1, $2, 'SUCCESS', now(), $3)
            RETURNING id
            """;

    private static final String FIND =
            """
            SELECT id, job_type, status, begin_time, end_time, entities FROM jobs WHERE project_id = $1 AND id = $2
            """;

    /** @param entities what it was about, by the names of the vendor's JobEntities */
    record Job(
            UUID id,
            String jobType,
            String status,
            Instant beginTime,
            @Nullable Instant endTime,
            JsonObject entities) {}

    /** A job that is done with the transaction that inserts it. */
    Future<UUID> insertDone(SqlClient client, String projectId, String jobType, JsonObject entities) {
        return client.preparedQuery(INSERT_DONE)
                .execute(Tuple.of(projectId, jobType, entities))
                .map(rows -> rows.iterator().next().getUUID(0));
    }

    Future<Optional<Job>> find(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(FIND).execute(Tuple.of(projectId, id)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> new Job(
                        row.getUUID("id"),
                        row.getString("job_type"),
                        row.getString("status"),
                        row.getOffsetDateTime("begin_time").toInstant(),
                        instant(row.getOffsetDateTime("end_time")),
                        row.getJsonObject("entities")))
                .findFirst());
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
