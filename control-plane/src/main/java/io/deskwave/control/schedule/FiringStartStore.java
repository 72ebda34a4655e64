package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.utc;

import io.deskwave.control.schedule.WaitingFiring.Start;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Firings on their way from written down to started. */
final class FiringStartStore {
    /** With the task, so that no second firing of it is looked at meanwhile. */
    private static final String CLAIM =
            """
            SELECT f.id, f.task_id, t.project_id, f.planned_at, f.request, f.desktop_ids, t.enable, t.created_by,
                   t.deleted_at IS NOT NULL AS deleted,
                   EXISTS (SELECT FROM restores r WHERE r.restored_at >= f.start_time) AS after_restore
            FROM scheduled_task_firings f JOIN scheduled_tasks t ON t.id = f.task_id
            WHERE f.status = 'RUNNING' AND f.started_at IS NULL AND f.id <> ALL ($2)
            ORDER BY f.planned_at, f.id LIMIT $1 FOR NO KEY UPDATE OF f, t SKIP LOCKED""";

    private static final String FIND_UNDER_WAY =
            """
            SELECT DISTINCT task_id FROM scheduled_task_firings
            WHERE task_id = ANY ($1) AND status = 'RUNNING' AND started_at IS NOT NULL""";

    private static final String WRITE =
            """
            UPDATE scheduled_task_firings f
            SET started_at = CASE WHEN n.status IS NULL THEN $1::timestamptz END, execution_task_id = n.execution_task_id,
                job_id = n.job_id, status = coalesce(n.status, f.status), reason = n.reason,
                end_time = CASE WHEN n.status IS NOT NULL THEN $1::timestamptz END
            FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
                AS n (id, execution_task_id, job_id, status, reason)
            WHERE f.id = n.id AND f.id = ANY ($2) AND f.status = 'RUNNING' AND f.started_at IS NULL""";

    /** The longest planned first, so many at most; not those that somebody else has in hand, and not those to leave out. */
    Future<List<WaitingFiring>> claim(SqlClient client, List<UUID> leftOut, int most) {
        return client.preparedQuery(CLAIM)
                .execute(Tuple.of(most).addArrayOfUUID(leftOut.toArray(UUID[]::new)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(FiringStartStore::waiting)
                        .toList());
    }

    /** Of these tasks those that a firing was started for which has not ended. Needs the claim. */
    Future<Set<UUID>> findUnderWay(SqlClient client, Collection<UUID> taskIds) {
        return client.preparedQuery(FIND_UNDER_WAY)
                .execute(Tuple.tuple().addArrayOfUUID(taskIds.toArray(UUID[]::new)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> row.getUUID("task_id"))
                        .collect(Collectors.toSet()));
    }

    /** Needs the claim. */
    Future<Void> write(SqlClient client, List<Start> starts, Instant now) {
        return client.preparedQuery(WRITE)
                .execute(Tuple.of(utc(now))
                        .addArrayOfUUID(starts.stream().map(Start::firingId).toArray(UUID[]::new))
                        .addArrayOfUUID(starts.stream()
                                .map(start -> start instanceof Start.Execution made ? made.taskId() : null)
                                .toArray(UUID[]::new))
                        .addArrayOfUUID(starts.stream()
                                .map(start -> start instanceof Start.Job made ? made.jobId() : null)
                                .toArray(UUID[]::new))
                        .addArrayOfString(starts.stream()
                                .map(start ->
                                        start instanceof Start.Nothing none ? none.failed() ? "FAIL" : "SKIP" : null)
                                .toArray(String[]::new))
                        .addArrayOfString(starts.stream()
                                .map(start -> start instanceof Start.Nothing none ? none.reason() : "")
                                .toArray(String[]::new)))
                .mapEmpty();
    }

    private static WaitingFiring waiting(Row row) {
        UUID[] desktopIds = row.getArrayOfUUIDs("desktop_ids");
        return new WaitingFiring(
                row.getUUID("id"),
                row.getUUID("task_id"),
                row.getString("project_id"),
                row.getOffsetDateTime("planned_at").toInstant(),
                row.getJsonObject("request"),
                desktopIds == null ? null : List.of(desktopIds),
                row.getBoolean("enable"),
                row.getBoolean("deleted"),
                row.getBoolean("after_restore"),
                row.getString("created_by"));
    }
}
