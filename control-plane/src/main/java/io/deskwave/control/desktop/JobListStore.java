package io.deskwave.control.desktop;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.desktop.SubJob.Status;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Reads asynchronous actions and their pieces. */
final class JobListStore {
    private static final String FIND =
            "SELECT id, job_type, status, begin_time, end_time FROM jobs WHERE project_id = $1 AND id = $2";

    private static final String FROM_PAGE =
            """
            SELECT s.id, s.job_id, s.project_id, s.job_type, s.pool_id, s.desktop_id, s.desktop_name, s.status, s.begin_time,
                   s.end_time, s.error_code, s.reason, jsonb_build_object(
                       'product_id', coalesce(s.attributes -> 'product_id', d.attributes -> 'product_id'),
                       'user_name', coalesce(s.attributes -> 'user_name', d.attributes -> 'user_name')) AS attributes,
                   jsonb_path_query_first(d.host, '$.interfaces[*].ipv4[*]
                       ? (!(@ starts with "127.") && !(@ starts with "169.254."))') #>> '{}' AS ip_address
            FROM page s LEFT JOIN desktops d ON d.id = s.desktop_id
            """;

    private static final String LIST_OF_JOB =
            "WITH page AS (SELECT * FROM sub_jobs WHERE job_id = $1)\n" + FROM_PAGE + "ORDER BY s.no";

    private static final String LIST_ENDED =
            """
            SELECT s.id, j.end_time IS NOT NULL AS ended FROM sub_jobs s JOIN jobs j ON j.id = s.job_id
            WHERE s.project_id = $1 AND s.id = ANY ($2)
            """;

    /** @param status of its end; WAITING before */
    record Job(UUID id, String jobType, String status, Instant beginTime, @Nullable Instant endTime) {}

    /** Which sub-jobs; null means any. */
    record Filter(@Nullable String status, @Nullable UUID jobId, @Nullable String jobType, @Nullable UUID poolId) {}

    Future<Optional<Job>> find(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(FIND).execute(Tuple.of(projectId, id)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> new Job(
                        row.getUUID("id"),
                        row.getString("job_type"),
                        row.getString("status"),
                        row.getOffsetDateTime("begin_time").toInstant(),
                        instant(row.getOffsetDateTime("end_time"))))
                .findFirst());
    }

    Future<List<SubJob>> listOfJob(SqlClient client, UUID jobId) {
        return client.preparedQuery(LIST_OF_JOB).execute(Tuple.of(jobId)).map(JobListStore::subJobs);
    }

    /** The newest first. */
    Future<Page<SubJob>> list(SqlClient client, String projectId, Filter filter, int limit, int offset) {
        var conditions = new Conditions()
                .with("project_id = ?", projectId)
                .withPresent("status = ?", filter.status())
                .withPresent("job_id = ?", filter.jobId())
                .withPresent("job_type = ?", filter.jobType())
                .withPresent("pool_id = ?", filter.poolId());
        String matching = "FROM sub_jobs" + conditions.where();
        return client.preparedQuery("SELECT count(*) " + matching)
                .execute(conditions.values())
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(total -> total <= offset || limit == 0
                        ? Future.succeededFuture(new Page<>(total, List.of()))
                        : client.preparedQuery("WITH page AS (SELECT * " + matching + " ORDER BY no DESC"
                                        + conditions.page() + ")\n" + FROM_PAGE + "ORDER BY s.no DESC")
                                .execute(conditions.pageValues(limit, offset))
                                .map(rows -> new Page<>(total, subJobs(rows))));
    }

    /** Those of the ids that are sub-jobs of the project: whether the job of each has ended. */
    Future<Map<UUID, Boolean>> findEnded(SqlClient client, String projectId, List<UUID> ids) {
        return client.preparedQuery(LIST_ENDED)
                .execute(Tuple.of(projectId).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .collect(Collectors.toMap(row -> row.getUUID("id"), row -> row.getBoolean("ended"))));
    }

    private static List<SubJob> subJobs(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> new SubJob(
                        row.getUUID("id"),
                        row.getUUID("job_id"),
                        row.getString("project_id"),
                        row.getString("job_type"),
                        row.getUUID("pool_id"),
                        row.getUUID("desktop_id"),
                        row.getString("desktop_name"),
                        row.getString("ip_address"),
                        Status.valueOf(row.getString("status")),
                        row.getOffsetDateTime("begin_time").toInstant(),
                        instant(row.getOffsetDateTime("end_time")),
                        row.getString("error_code"),
                        row.getString("reason"),
                        row.getJsonObject("attributes")))
                .toList();
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
