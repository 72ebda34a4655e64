package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.instant;
import static io.deskwave.control.schedule.Rows.utc;

import io.deskwave.control.db.Conditions;
import io.deskwave.control.http.Paging;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Scheduled tasks. A deleted one is not found; it stays for its firings. */
final class ScheduledTaskStore {
    private static final String INSERT =
            """
            INSERT INTO scheduled_tasks (project_id, request, anchor, next_firing_at, created_by)
            VALUES ($1, $2, $3, $4, $5) RETURNING id""";
    private static final String FIND =
            """
            SELECT id, request, enable, anchor, next_firing_at, last_status FROM scheduled_tasks
            WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL""";
    private static final String LOCK = FIND + " FOR UPDATE";
    private static final String UPDATE =
            """
            UPDATE scheduled_tasks
            SET request = $2, enable = $3, anchor = $4, next_firing_at = $5, updated_at = now(),
                armed_at = CASE WHEN $3 AND (NOT enable OR life_cycle_type IS DISTINCT FROM $2::jsonb ->> 'life_cycle_type')
                                THEN now() ELSE armed_at END
            WHERE id = $1""";
    /** Locks in the order of the ids: two callers who delete the same tasks wait for each other only one way. */
    private static final String DELETE =
            """
            UPDATE scheduled_tasks SET deleted_at = now(), next_firing_at = NULL WHERE id IN (
                SELECT id FROM scheduled_tasks WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL
                ORDER BY id FOR UPDATE)
            RETURNING id""";

    private static final String COUNT = "SELECT count(*) FROM scheduled_tasks";
    private static final String LIST =
            """
            SELECT id, request - 'apply_objects' - 'gray_desktop_ids' AS request, enable, anchor, next_firing_at, last_status
            FROM scheduled_tasks""";

    /** What to list; null is no filter. Triggered tasks are listed only when they are asked for. */
    record Filter(
            @Nullable String namePart,
            @Nullable String taskType,
            @Nullable String scheduledType,
            @Nullable String lifeCycleType,
            @Nullable String lastStatus) {
        private Conditions of(String projectId) {
            return new Conditions()
                    .with("project_id = ?", projectId)
                    .with("deleted_at IS NULL")
                    .with(scheduledType == null ? "scheduled_type <> 'LIFE_CYCLE'" : "true")
                    .withPresent("task_name ILIKE ?", namePart == null ? null : Conditions.containing(namePart))
                    .withPresent("task_type = ?", taskType)
                    .withPresent("scheduled_type = ?", scheduledType)
                    .withPresent("life_cycle_type = ?", lifeCycleType)
                    .withPresent("last_status = ?", lastStatus);
        }
    }

    record Page(long total, List<ScheduledTask> tasks) {}

    Future<UUID> insert(
            SqlClient client, String projectId, TaskRequest request, @Nullable Instant next, String createdBy) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(projectId, request.fields())
                        .addLocalDate(request.timing().anchor())
                        .addOffsetDateTime(utc(next))
                        .addString(createdBy))
                .map(rows -> rows.iterator().next().getUUID(0));
    }

    Future<Optional<ScheduledTask>> find(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(FIND).execute(Tuple.of(projectId, id)).map(ScheduledTaskStore::first);
    }

    /** Holds the task until the transaction ends. */
    Future<Optional<ScheduledTask>> lock(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(LOCK).execute(Tuple.of(projectId, id)).map(ScheduledTaskStore::first);
    }

    /** Needs the lock. */
    Future<Void> update(SqlClient client, UUID id, TaskRequest request, boolean enable, @Nullable Instant next) {
        return client.preparedQuery(UPDATE)
                .execute(Tuple.of(id, request.fields())
                        .addBoolean(enable)
                        .addLocalDate(request.timing().anchor())
                        .addOffsetDateTime(utc(next)))
                .mapEmpty();
    }

    /** The ids that were there and are deleted now. */
    Future<Set<UUID>> delete(SqlClient client, String projectId, Set<UUID> ids) {
        return client.preparedQuery(DELETE)
                .execute(Tuple.of(projectId).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> row.getUUID("id"))
                        .collect(Collectors.toSet()));
    }

    /** The newest first. */
    Future<Page> list(SqlClient client, String projectId, Filter filter, Paging page) {
        Conditions where = filter.of(projectId);
        return client.preparedQuery(COUNT + where.where())
                .execute(where.values())
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(total -> client.preparedQuery(
                                LIST + where.where() + " ORDER BY creation_no DESC" + where.page())
                        .execute(where.pageValues(page.limit(), page.offset()))
                        .map(rows -> new Page(total, tasks(rows))));
    }

    private static Optional<ScheduledTask> first(RowSet<Row> rows) {
        return tasks(rows).stream().findFirst();
    }

    private static List<ScheduledTask> tasks(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(ScheduledTaskStore::task)
                .toList();
    }

    private static ScheduledTask task(Row row) {
        LocalDate anchor = row.getLocalDate("anchor");
        return new ScheduledTask(
                row.getUUID("id"),
                row.getJsonObject("request"),
                row.getBoolean("enable"),
                anchor,
                instant(row, "next_firing_at"),
                row.getString("last_status"));
    }
}
