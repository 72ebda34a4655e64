package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.instant;
import static io.deskwave.control.schedule.Rows.utc;
import static java.util.Objects.requireNonNull;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.http.Paging;
import io.deskwave.control.schedule.ExportTask.Status;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Export tasks as those see them who asked for the files. A deleted one is not found; it stays until its content is gone. */
final class ExportStore {
    private static final String COUNT_KEPT =
            """
            SELECT count(*) AS kept, count(*) FILTER (WHERE status = 'CREATING') AS waiting
            FROM export_tasks WHERE project_id = $1 AND deleted_at IS NULL""";
    private static final String INSERT =
            """
            INSERT INTO export_tasks (project_id, scheduled_task_id, format, language, time_zone, planned_from,
                                      planned_until, file_name, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id""";
    static final String COLUMNS =
            """
            id, scheduled_task_id, format, language, time_zone, planned_from, planned_until, file_name, status,
            fail_reason, error_code, is_download, size_bytes, attempt, created_at, end_time, expires_at""";
    private static final String LIST =
            """
            SELECT id, scheduled_task_id, format, language, time_zone, planned_from, planned_until, file_name,
                   CASE WHEN expires_at <= $1 THEN 'EXPIRED' ELSE status END AS status,
                   fail_reason, error_code, is_download, size_bytes, attempt, created_at, end_time, expires_at
            FROM export_tasks""";
    private static final String COUNT = "SELECT count(*) FROM export_tasks";
    /** Locks in the order of the ids: two callers who delete the same wait for each other only one way. */
    private static final String DELETE =
            """
            UPDATE export_tasks SET deleted_at = $3, content_until = $3, row_until = $3 WHERE id IN (
                SELECT id FROM export_tasks WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL
                ORDER BY id FOR UPDATE)
            RETURNING id""";

    private static final String DOWNLOADED = "UPDATE export_tasks SET is_download = true WHERE id = $1";

    /** What to list; null is no filter. */
    record Filter(@Nullable String namePart, @Nullable UUID id, @Nullable Status status, @Nullable Boolean downloaded) {
        private Conditions of(Conditions none, String projectId, String now) {
            Conditions some = none.with("project_id = ?", projectId)
                    .with("deleted_at IS NULL")
                    .withPresent("file_name ILIKE ?", namePart == null ? null : Conditions.containing(namePart))
                    .withPresent("id = ?", id)
                    .withPresent("is_download = ?", downloaded);
            return status == null
                    ? some
                    : some.with(
                            switch (status) {
                                case CREATING, FAIL -> "status = '" + status + "'";
                                case SUCCESS -> "expires_at > " + now;
                                case EXPIRED -> "expires_at <= " + now;
                            });
        }
    }

    record Page(long total, List<ExportTask> tasks) {}

    record Kept(long kept, long waiting) {}

    Future<Kept> countKept(SqlClient client, String projectId) {
        return client.preparedQuery(COUNT_KEPT)
                .execute(Tuple.of(projectId))
                .map(rows -> rows.iterator().next())
                .map(row -> new Kept(row.getLong("kept"), row.getLong("waiting")));
    }

    Future<UUID> insert(SqlClient client, String projectId, ExportSpec spec, String fileName, Instant now) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(projectId, spec.scheduledTaskId())
                        .addString(spec.format().name())
                        .addString(spec.language().name())
                        .addString(spec.zone().getId())
                        .addOffsetDateTime(utc(spec.from()))
                        .addOffsetDateTime(utc(spec.until()))
                        .addString(fileName)
                        .addOffsetDateTime(utc(now)))
                .map(rows -> rows.iterator().next().getUUID("id"));
    }

    Future<Optional<ExportTask>> find(SqlClient client, String projectId, UUID id, Instant now) {
        return list(client, projectId, new Filter(null, id, null, null), false, new Paging(0, 1), now)
                .map(page -> page.tasks().stream().findFirst());
    }

    Future<Page> list(
            SqlClient client, String projectId, Filter filter, boolean oldestFirst, Paging page, Instant now) {
        // The first parameter, also where only the CASE of the list needs it.
        Conditions conditions = new Conditions();
        String moment = conditions.parameter(requireNonNull(utc(now)));
        Conditions where = filter.of(conditions, projectId, moment).with(moment + "::timestamptz IS NOT NULL");
        return client.preparedQuery(COUNT + where.where())
                .execute(where.values())
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(total -> client.preparedQuery(LIST + where.where() + " ORDER BY creation_no"
                                + (oldestFirst ? "" : " DESC") + where.page())
                        .execute(where.pageValues(page.limit(), page.offset()))
                        .map(rows -> new Page(total, tasks(rows))));
    }

    /** The ids that were there and are deleted now. */
    Future<Set<UUID>> delete(SqlClient client, String projectId, Set<UUID> ids, Instant now) {
        return client.preparedQuery(DELETE)
                .execute(Tuple.of(projectId)
                        .addArrayOfUUID(ids.toArray(UUID[]::new))
                        .addOffsetDateTime(utc(now)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> row.getUUID("id"))
                        .collect(Collectors.toSet()));
    }

    Future<Void> markDownloaded(SqlClient client, UUID id) {
        return client.preparedQuery(DOWNLOADED).execute(Tuple.of(id)).mapEmpty();
    }

    static List<ExportTask> tasks(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(ExportStore::task)
                .toList();
    }

    private static ExportTask task(Row row) {
        var spec = new ExportSpec(
                row.getUUID("scheduled_task_id"),
                ExportFormat.valueOf(row.getString("format")),
                ExportLanguage.valueOf(row.getString("language")),
                zone(row.getString("time_zone")),
                row.getOffsetDateTime("planned_from").toInstant(),
                row.getOffsetDateTime("planned_until").toInstant());
        return new ExportTask(
                row.getUUID("id"),
                spec,
                row.getString("file_name"),
                Status.valueOf(row.getString("status")),
                row.getString("fail_reason"),
                row.getString("error_code"),
                row.getBoolean("is_download"),
                row.getLong("size_bytes"),
                row.getInteger("attempt"),
                row.getOffsetDateTime("created_at").toInstant(),
                instant(row, "end_time"),
                instant(row, "expires_at"));
    }

    /** One that this node's Java does not know spoils no list; the headings of the file name the zone that it has. */
    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException e) {
            return ZoneOffset.UTC;
        }
    }
}
