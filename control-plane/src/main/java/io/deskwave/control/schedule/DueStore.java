package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.instant;
import static io.deskwave.control.schedule.Rows.utc;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Takes the tasks that are due and writes their firings down: each planned instant once, whoever comes first. */
final class DueStore {
    private static final String CLAIM =
            """
            SELECT id, request, anchor, next_firing_at FROM scheduled_tasks
            WHERE next_firing_at <= $1 AND deleted_at IS NULL
            ORDER BY next_firing_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED""";

    /** What a restored database still has as due may have been fired after the backup. */
    private static final String LAST_RESTORE =
            "SELECT backup_time, restored_at FROM restores ORDER BY restored_at DESC LIMIT 1";

    private static final String ADVANCE =
            """
            UPDATE scheduled_tasks t SET next_firing_at = n.next, last_status = coalesce(n.status, t.last_status)
            FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS n (id, planned, next, status)
            WHERE t.id = n.id AND t.id = ANY ($1) AND t.next_firing_at = n.planned""";

    private static final String INSERT =
            """
            INSERT INTO scheduled_task_firings (task_id, planned_at, request, status, reason, start_time, end_time)
            SELECT n.task_id, n.planned_at, t.request, coalesce(n.status, 'RUNNING'), n.reason, $1::timestamptz,
                   CASE WHEN n.status IS NOT NULL THEN $1::timestamptz END
            FROM unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[]) AS n (task_id, planned_at, status, reason)
            JOIN scheduled_tasks t ON t.id = n.task_id AND t.id = ANY ($2)
            ON CONFLICT (task_id, planned_at) DO NOTHING""";

    /** A task whose next firing is due; held until the transaction ends. */
    record Due(UUID taskId, JsonObject request, @Nullable LocalDate anchor, Instant plannedAt) {}

    /**
     * What becomes of a due task.
     *
     * @param status of a firing that has ended before it began, SKIP or FAIL; null when it is to be started
     */
    record Firing(UUID taskId, Instant plannedAt, @Nullable Instant next, @Nullable String status, String reason) {}

    record Restore(Instant backupTime, Instant restoredAt) {
        boolean hides(Instant planned) {
            return !planned.isAfter(restoredAt);
        }
    }

    /** The longest due first, so many at most; not those that another node has in hand. */
    Future<List<Due>> claim(SqlClient client, Instant now, int most) {
        return client.preparedQuery(CLAIM).execute(Tuple.of(utc(now), most)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> new Due(
                        row.getUUID("id"),
                        row.getJsonObject("request"),
                        row.getLocalDate("anchor"),
                        Objects.requireNonNull(instant(row, "next_firing_at"))))
                .toList());
    }

    /** Null when there was none. */
    Future<@Nullable Restore> lastRestore(SqlClient client) {
        return client.preparedQuery(LAST_RESTORE).execute().map(rows -> StreamSupport.stream(rows.spliterator(), false)
                .findFirst()
                .map(row -> new Restore(
                        row.getOffsetDateTime("backup_time").toInstant(),
                        row.getOffsetDateTime("restored_at").toInstant()))
                .orElse(null));
    }

    /** Needs the claim. */
    Future<Void> write(SqlClient client, List<Firing> firings, Instant now) {
        UUID[] ids = firings.stream().map(Firing::taskId).toArray(UUID[]::new);
        OffsetDateTime[] planned = utc(firings, Firing::plannedAt);
        String[] statuses = firings.stream().map(Firing::status).toArray(String[]::new);
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(utc(now))
                        .addArrayOfUUID(ids)
                        .addArrayOfOffsetDateTime(planned)
                        .addArrayOfString(statuses)
                        .addArrayOfString(firings.stream().map(Firing::reason).toArray(String[]::new)))
                .compose(inserted -> client.preparedQuery(ADVANCE)
                        .execute(Tuple.tuple()
                                .addArrayOfUUID(ids)
                                .addArrayOfOffsetDateTime(planned)
                                .addArrayOfOffsetDateTime(utc(firings, Firing::next))
                                .addArrayOfString(statuses)))
                .mapEmpty();
    }
}
