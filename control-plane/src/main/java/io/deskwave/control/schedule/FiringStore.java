package io.deskwave.control.schedule;

import io.deskwave.control.http.Paging;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What the firings of scheduled tasks came to: for the task, and on each desktop. */
final class FiringStore {
    private static final String COLUMNS =
            """
            SELECT id, request, status, success_num, failed_num, skip_num, execution_task_id, start_time
            FROM scheduled_task_firings WHERE task_id = $1""";
    private static final String COUNT = "SELECT count(*) FROM scheduled_task_firings WHERE task_id = $1";
    private static final String LIST = COLUMNS + " ORDER BY planned_at DESC LIMIT $2 OFFSET $3";
    private static final String FIND = COLUMNS + " AND id = $2";
    private static final String COUNT_DESKTOPS =
            "SELECT count(*) FROM scheduled_task_firing_desktops WHERE firing_id = $1";
    private static final String LIST_DESKTOPS =
            """
            SELECT id, desktop_id, desktop_name, script_id, exec_status, result_code, fail_reason, start_time, end_time
            FROM scheduled_task_firing_desktops WHERE firing_id = $1
            ORDER BY desktop_name, desktop_id, script_index LIMIT $2 OFFSET $3""";

    /**
     * @param request the task's request as it was then
     * @param executionTaskId of a script task, else null
     */
    record Firing(
            UUID id,
            JsonObject request,
            String status,
            int successNum,
            int failedNum,
            int skipNum,
            @Nullable UUID executionTaskId,
            Instant startTime) {}

    /** One desktop, or for a script task one script on it. */
    record OnDesktop(
            UUID id,
            UUID desktopId,
            String desktopName,
            @Nullable UUID scriptId,
            String status,
            @Nullable String resultCode,
            @Nullable String failReason,
            @Nullable Instant startTime,
            @Nullable Instant endTime) {}

    record Page<T>(long total, List<T> rows) {}

    /** The last planned first. */
    Future<Page<Firing>> list(SqlClient client, UUID taskId, Paging page) {
        return page(client, COUNT, LIST, taskId, page, FiringStore::firing);
    }

    Future<Optional<Firing>> find(SqlClient client, UUID taskId, UUID id) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(taskId, id))
                .map(rows -> read(rows, FiringStore::firing).stream().findFirst());
    }

    /** By name. */
    Future<Page<OnDesktop>> listDesktops(SqlClient client, UUID firingId, Paging page) {
        return page(client, COUNT_DESKTOPS, LIST_DESKTOPS, firingId, page, FiringStore::onDesktop);
    }

    private static <T> Future<Page<T>> page(
            SqlClient client, String count, String list, UUID of, Paging page, Function<Row, T> read) {
        return client.preparedQuery(count)
                .execute(Tuple.of(of))
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(total -> client.preparedQuery(list)
                        .execute(Tuple.of(of, page.limit(), page.offset()))
                        .map(rows -> new Page<>(total, read(rows, read))));
    }

    private static Firing firing(Row row) {
        return new Firing(
                row.getUUID("id"),
                row.getJsonObject("request"),
                row.getString("status"),
                row.getInteger("success_num"),
                row.getInteger("failed_num"),
                row.getInteger("skip_num"),
                row.getUUID("execution_task_id"),
                row.getOffsetDateTime("start_time").toInstant());
    }

    private static OnDesktop onDesktop(Row row) {
        return new OnDesktop(
                row.getUUID("id"),
                row.getUUID("desktop_id"),
                row.getString("desktop_name"),
                row.getUUID("script_id"),
                row.getString("exec_status"),
                row.getString("result_code"),
                row.getString("fail_reason"),
                instant(row, "start_time"),
                instant(row, "end_time"));
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }

    private static <T> List<T> read(RowSet<Row> rows, Function<Row, T> read) {
        return StreamSupport.stream(rows.spliterator(), false).map(read).toList();
    }
}
