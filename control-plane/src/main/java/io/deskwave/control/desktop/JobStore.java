package io.deskwave.control.desktop;

import io.deskwave.control.desktop.PowerJobs.Notice;
import io.deskwave.control.desktop.SubJob.New;
import io.deskwave.control.desktop.SubJob.PowerOrder;
import io.deskwave.control.desktop.SubJob.Status;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Writes asynchronous actions and their pieces. A job ends with its last piece, in the transaction that ends that. */
public final class JobStore {
    private static final String INSERT =
            "INSERT INTO jobs (project_id, job_type, status, begin_time) VALUES ($1, $2, 'WAITING', $3) RETURNING id";

    /**
     * A desktop that has a power action under way gets no second one. What is for the provider says of itself that it was
     * taken and that no session proves it: nodes of the version before leave it alone then.
     */
    private static final String INSERT_SUB_JOBS =
            """
            INSERT INTO sub_jobs (id, job_id, project_id, job_type, pool_id, begin_time, deadline, desktop_id, desktop_name,
                                  status, end_time, error_code, reason, action, force, boot_id, ordered_epoch, token_id,
                                  attributes, notify_message, notify_seconds, accepted_epoch)
            SELECT n.id, $1, $2, $3, $4, $5::timestamptz, $6, n.desktop_id, n.desktop_name, n.status,
                   CASE WHEN n.status IN ('SUCCESS', 'FAILED') THEN $5::timestamptz END, n.error_code, n.reason,
                   n.action, n.force, n.boot_id, CASE WHEN provided.it THEN 9223372036854775807 ELSE n.epoch END, n.token_id,
                   n.attributes::jsonb, n.notify_message, n.notify_seconds, CASE WHEN provided.it THEN 0 END
            FROM unnest($7::uuid[], $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                        $14::boolean[], $15::text[], $16::bigint[], $17::uuid[], $18::text[], $19::text[], $20::int[])
                WITH ORDINALITY AS n (id, desktop_id, desktop_name, status, error_code, reason, action, force, boot_id,
                                      epoch, token_id, attributes, notify_message, notify_seconds, place)
                CROSS JOIN LATERAL (SELECT n.action IN ('REBUILD', 'CREATE_SNAPSHOT') AS it) AS provided
            ORDER BY n.place
            ON CONFLICT (desktop_id) WHERE end_time IS NULL AND action IS NOT NULL DO NOTHING
            RETURNING id
            """;

    private static final String DELETE = "DELETE FROM jobs WHERE id = $1";

    private static final String FINISH =
            """
            UPDATE sub_jobs s SET status = n.status, end_time = $5, error_code = n.error_code, reason = n.reason
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS n (id, status, error_code, reason)
            WHERE s.id = n.id AND s.end_time IS NULL
            RETURNING s.job_id
            """;

    private static final String EXPIRE =
            """
            WITH overdue AS (
                SELECT id FROM sub_jobs WHERE end_time IS NULL AND deadline <= $1 ORDER BY id LIMIT $2
                FOR UPDATE SKIP LOCKED
            )
            UPDATE sub_jobs s SET status = 'FAILED', end_time = $1, error_code = 'WKS.00211401', reason = coalesce((
                SELECT CASE
                    WHEN c.answered_at IS NULL THEN 'the provider was asked, and the node that asked it ended before the '
                        || 'answer came: nobody knows what the provider did'
                    WHEN c.result = 'unsupported' AND s.action = 'CREATE_SNAPSHOT' AND s.status = 'RUNNING'
                        THEN 'the agent began to make the snapshot, and did not say in time what came of it'
                    WHEN c.result = 'unsupported' AND s.action = 'CREATE_SNAPSHOT'
                        THEN 'the agent did not take the order for a snapshot in time'
                    WHEN c.result = 'failed' THEN 'the provider could not start the desktop'
                        || CASE c.message WHEN '' THEN '' ELSE ': ' || c.message END || '; ' || %1$s
                    WHEN c.enrolled_epoch IS NOT NULL THEN 'the new image enrolled, and did not come online in time'
                    WHEN c.result IN ('done', 'accepted') THEN 'the provider took it on, and '
                        || CASE s.action WHEN 'REBUILD' THEN 'no new image enrolled in time'
                            ELSE 'the desktop did not come online in time' END
                        || CASE c.message WHEN '' THEN '' ELSE ': ' || c.message END END
                FROM provider_calls c WHERE c.sub_job_id = s.id), CASE
                WHEN s.action IN ('REBUILD', 'CREATE_SNAPSHOT') THEN 'its turn with the provider did not come in time'
                WHEN s.token_id IS NOT NULL THEN 'no desktop enrolled with the token of this place before it expired'
                WHEN s.action = 'START' THEN 'the desktop did not come online in time: ' || %1$s
                WHEN s.accepted_epoch IS NOT NULL OR s.acts_at IS NOT NULL THEN 'the agent took the order, and nothing proved in time that it was '
                    || 'carried out'
                WHEN s.action IS NOT NULL THEN 'the agent did not take the order in time'
                ELSE 'it was not done in time' END)
            FROM overdue WHERE s.id = overdue.id
            RETURNING s.job_id
            """
                    .formatted(WakeStory.of("s.desktop_id", "s.begin_time"));

    private static final String FAIL_OF_DESKTOP =
            """
            UPDATE sub_jobs SET status = 'FAILED', end_time = $2, error_code = 'WKS.00211902', reason = $3
            WHERE desktop_id = $1 AND end_time IS NULL AND action IS NOT NULL
            RETURNING job_id
            """;

    private static final String FAIL_ACTIONS =
            """
            UPDATE sub_jobs SET status = 'FAILED', end_time = $1, error_code = 'WKS.00211401', reason = $2
            WHERE end_time IS NULL AND token_id IS NULL
            RETURNING job_id
            """;

    private static final String FAIL_PLACES_OF_POOL =
            """
            UPDATE sub_jobs SET status = 'FAILED', end_time = $2, error_code = 'WKS.00211902', reason = $3
            WHERE pool_id = $1 AND end_time IS NULL AND token_id IS NOT NULL
            RETURNING job_id
            """;

    private static final String FAIL_PLACE_OF_TOKEN =
            """
            UPDATE sub_jobs SET status = 'FAILED', end_time = $2, error_code = 'WKS.00211902', reason = $3
            WHERE token_id = $1 AND end_time IS NULL
            RETURNING job_id
            """;

    /** Before a job is looked at for its end: of two transactions that end its last pieces the second sees the first's. */
    private static final String LOCK = "SELECT id FROM jobs WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

    private static final String CLOSE =
            """
            UPDATE jobs j SET end_time = $2, status = CASE
                WHEN EXISTS (SELECT FROM sub_jobs s WHERE s.job_id = j.id AND s.status = 'FAILED') THEN 'FAIL'
                ELSE 'SUCCESS' END
            WHERE j.id = ANY ($1) AND j.end_time IS NULL
              AND NOT EXISTS (SELECT FROM sub_jobs s WHERE s.job_id = j.id AND s.end_time IS NULL)
            """;

    /** Of ended jobs: how a job ends is read from its pieces. The token of a place that ended lets nobody in. */
    private static final String DELETE_ENDED =
            """
            WITH gone AS (
                DELETE FROM sub_jobs WHERE project_id = $1 AND end_time IS NOT NULL
                  AND ($2::uuid[] IS NULL OR id = ANY ($2)) AND ($3::text IS NULL OR status = $3)
                  AND EXISTS (SELECT FROM jobs j WHERE j.id = job_id AND j.end_time IS NOT NULL)
                RETURNING token_id
            )
            DELETE FROM enrollment_tokens WHERE id IN (SELECT token_id FROM gone)
            """;

    /** What a job's pieces have in common. */
    record Head(String projectId, String jobType, @Nullable UUID poolId, Instant now, Instant deadline) {}

    /** How a piece ended. */
    record Ending(UUID id, Status status, @Nullable String errorCode, String reason) {}

    Future<UUID> insert(SqlClient client, Head head) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(head.projectId(), head.jobType(), utc(head.now())))
                .map(rows -> rows.iterator().next().getUUID(0));
    }

    /** The ids of those that were made: not those whose desktops have a power action under way. */
    Future<Set<UUID>> insertSubJobs(SqlClient client, UUID jobId, Head head, List<New> subJobs) {
        Tuple values = Tuple.tuple()
                .addUUID(jobId)
                .addString(head.projectId())
                .addString(head.jobType())
                .addUUID(head.poolId())
                .addOffsetDateTime(utc(head.now()))
                .addOffsetDateTime(utc(head.deadline()))
                .addArrayOfUUID(subJobs.stream().map(New::id).toArray(UUID[]::new))
                .addArrayOfUUID(subJobs.stream().map(New::desktopId).toArray(UUID[]::new))
                .addArrayOfString(texts(subJobs, New::desktopName))
                .addArrayOfString(texts(subJobs, subJob -> subJob.status().name()))
                .addArrayOfString(texts(subJobs, New::errorCode))
                .addArrayOfString(texts(subJobs, New::reason))
                .addArrayOfString(texts(subJobs, ofPower(power -> power.op().name())))
                .addArrayOfBoolean(subJobs.stream()
                        .map(subJob -> subJob.power() != null && subJob.power().force())
                        .toArray(Boolean[]::new))
                .addArrayOfString(texts(subJobs, ofPower(PowerOrder::bootId)))
                .addArrayOfLong(subJobs.stream()
                        .map(subJob ->
                                subJob.power() == null ? null : subJob.power().epoch())
                        .toArray(Long[]::new))
                .addArrayOfUUID(subJobs.stream().map(New::tokenId).toArray(UUID[]::new))
                .addArrayOfString(texts(subJobs, subJob -> subJob.attributes().encode()))
                .addArrayOfString(texts(subJobs, subJob -> {
                    Notice notice = notice(subJob);
                    return notice == null ? null : notice.message();
                }))
                .addArrayOfInteger(subJobs.stream()
                        .map(JobStore::notice)
                        .map(notice -> notice == null ? 0 : notice.seconds())
                        .toArray(Integer[]::new));
        return client.preparedQuery(INSERT_SUB_JOBS).execute(values).map(JobStore::ids);
    }

    Future<Void> delete(SqlClient client, UUID jobId) {
        return client.preparedQuery(DELETE).execute(Tuple.of(jobId)).mapEmpty();
    }

    /** Ends those that have not ended; the jobs they belong to. */
    Future<Set<UUID>> finish(SqlClient client, List<Ending> endings, Instant now) {
        return client.preparedQuery(FINISH)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(endings.stream().map(Ending::id).toArray(UUID[]::new))
                        .addArrayOfString(
                                texts(endings, ending -> ending.status().name()))
                        .addArrayOfString(texts(endings, Ending::errorCode))
                        .addArrayOfString(texts(endings, Ending::reason))
                        .addOffsetDateTime(utc(now)))
                .map(JobStore::jobIds);
    }

    /** Ends what is overdue, so many at most; the job of each. */
    Future<List<UUID>> expire(SqlClient client, Instant now, int most) {
        return client.preparedQuery(EXPIRE).execute(Tuple.of(utc(now), most)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> row.getUUID("job_id"))
                .toList());
    }

    Future<Set<UUID>> failOfDesktop(SqlClient client, UUID desktopId, Instant now, String reason) {
        return client.preparedQuery(FAIL_OF_DESKTOP)
                .execute(Tuple.of(desktopId, utc(now), reason))
                .map(JobStore::jobIds);
    }

    /** All that are no places. */
    Future<Set<UUID>> failActions(SqlClient client, Instant now, String reason) {
        return client.preparedQuery(FAIL_ACTIONS)
                .execute(Tuple.of(utc(now), reason))
                .map(JobStore::jobIds);
    }

    Future<Set<UUID>> failPlacesOfPool(SqlClient client, UUID poolId, Instant now, String reason) {
        return client.preparedQuery(FAIL_PLACES_OF_POOL)
                .execute(Tuple.of(poolId, utc(now), reason))
                .map(JobStore::jobIds);
    }

    Future<Set<UUID>> failPlaceOfToken(SqlClient client, UUID tokenId, Instant now, String reason) {
        return client.preparedQuery(FAIL_PLACE_OF_TOKEN)
                .execute(Tuple.of(tokenId, utc(now), reason))
                .map(JobStore::jobIds);
    }

    /** Ends those of the jobs that have no open piece any more. */
    Future<Void> close(SqlClient client, Collection<UUID> jobIds, Instant now) {
        if (jobIds.isEmpty()) {
            return Future.succeededFuture();
        }
        UUID[] ids = jobIds.stream().distinct().toArray(UUID[]::new);
        return client.preparedQuery(LOCK)
                .execute(Tuple.tuple().addArrayOfUUID(ids))
                .compose(locked -> client.preparedQuery(CLOSE)
                        .execute(Tuple.tuple().addArrayOfUUID(ids).addOffsetDateTime(utc(now))))
                .mapEmpty();
    }

    /** Forgets ended ones: these ids, or all of a status. */
    Future<Void> deleteEnded(SqlClient client, String projectId, @Nullable List<UUID> ids, @Nullable String status) {
        return client.preparedQuery(DELETE_ENDED)
                .execute(Tuple.tuple()
                        .addString(projectId)
                        .addArrayOfUUID(ids == null ? null : ids.toArray(UUID[]::new))
                        .addString(status))
                .mapEmpty();
    }

    private static <T> @Nullable String[] texts(List<T> all, Function<T, @Nullable String> text) {
        return all.stream().map(text).toArray(String[]::new);
    }

    private static Function<New, @Nullable String> ofPower(Function<PowerOrder, String> text) {
        return subJob -> subJob.power() == null ? null : text.apply(subJob.power());
    }

    private static @Nullable Notice notice(New subJob) {
        return subJob.power() == null ? null : subJob.power().notice();
    }

    private static Set<UUID> ids(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> row.getUUID("id"))
                .collect(Collectors.toSet());
    }

    static Set<UUID> jobIds(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> row.getUUID("job_id"))
                .collect(Collectors.toSet());
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
