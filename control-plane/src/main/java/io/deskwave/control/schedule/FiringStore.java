package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.instant;

import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.http.Paging;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What the firings of scheduled tasks came to: for the task, and on each desktop. */
final class FiringStore {
    /** Of one that is under way the numbers are those of now. */
    private static final String COLUMNS =
            """
            SELECT f.id, f.request, f.status, f.reason, f.execution_task_id, f.job_id, f.planned_at, f.start_time, f.end_time,
                   coalesce(t.success_num, p.success_num, f.success_num) AS success_num,
                   coalesce(t.failed_num, p.failed_num, f.failed_num) AS failed_num,
                   coalesce(t.skip_num, p.skip_num, f.skip_num) AS skip_num
            FROM scheduled_task_firings f
            LEFT JOIN execution_tasks t ON t.id = f.execution_task_id AND f.status = 'RUNNING'
            LEFT JOIN LATERAL (
                SELECT count(*) FILTER (WHERE s.status = 'SUCCESS')::integer AS success_num,
                       count(*) FILTER (WHERE s.status = 'FAILED' AND s.error_code <> 'WKS.00010032')::integer AS failed_num,
                       count(*) FILTER (WHERE s.status = 'FAILED' AND s.error_code = 'WKS.00010032')::integer AS skip_num
                FROM sub_jobs s WHERE s.job_id = f.job_id) AS p ON f.status = 'RUNNING' AND f.job_id IS NOT NULL
            WHERE f.task_id = $1""";

    private static final String COUNT = "SELECT count(*) FROM scheduled_task_firings WHERE task_id = $1";
    private static final String LIST = COLUMNS + " ORDER BY f.planned_at DESC LIMIT $2 OFFSET $3";
    private static final String FIND = COLUMNS + " AND f.id = $2";

    private static final String RECORDS =
            " FROM execution_records r WHERE r.task_id = (SELECT execution_task_id FROM scheduled_task_firings WHERE id = $1)";
    private static final String COUNT_RECORDS = "SELECT count(*)" + RECORDS;
    /** What a script came to on a desktop. */
    static final String RECORD_COLUMNS =
            """
            SELECT r.id, r.desktop_id, r.desktop_name, s.script_id, r.status, r.result_code, r.start_time, r.end_time,
                   CASE WHEN r.reason = '' AND r.status = 'FAILED' AND r.result_code = 'EXITED'
                        THEN 'the script ended with exit code ' || r.exit_code ELSE r.reason END AS reason
            """;

    private static final String LIST_RECORDS = RECORD_COLUMNS
            + """
            FROM execution_records r
            LEFT JOIN execution_task_scripts s ON s.task_id = r.task_id AND s.script_index = r.script_index
            WHERE r.task_id = (SELECT execution_task_id FROM scheduled_task_firings WHERE id = $1)
            ORDER BY r.desktop_name, r.desktop_id, r.script_index LIMIT $2 OFFSET $3""";

    private static final String PIECES =
            " FROM sub_jobs s WHERE s.job_id = (SELECT job_id FROM scheduled_task_firings WHERE id = $1)";
    private static final String COUNT_PIECES = "SELECT count(*)" + PIECES;
    /** What did not apply to a desktop was skipped there. */
    private static final String LIST_PIECES =
            """
            SELECT s.id, s.desktop_id, s.desktop_name, NULL::uuid AS script_id, s.error_code AS result_code, s.reason,
                   s.begin_time AS start_time, s.end_time,
                   CASE WHEN s.error_code = '"""
                    + PowerJobs.CONFLICT + "' THEN 'SKIP' ELSE s.status END AS status" + PIECES
                    + " ORDER BY s.desktop_name, s.desktop_id LIMIT $2 OFFSET $3";

    /**
     * @param request the task's request as it was then
     * @param reason why it was skipped or failed as a whole, else empty
     * @param executionTaskId of a script task that was started, else null
     * @param jobId of another one that was started, else null
     * @param startTime when it was fired
     */
    record Firing(
            UUID id,
            JsonObject request,
            String status,
            String reason,
            int successNum,
            int failedNum,
            int skipNum,
            @Nullable UUID executionTaskId,
            @Nullable UUID jobId,
            Instant plannedAt,
            Instant startTime,
            @Nullable Instant endTime) {}

    /** One desktop, or for a script task one script on it. */
    record OnDesktop(
            UUID id,
            UUID desktopId,
            String desktopName,
            @Nullable UUID scriptId,
            String status,
            @Nullable String resultCode,
            String reason,
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

    /** By name; of what is not kept any more there are none. */
    Future<Page<OnDesktop>> listDesktops(SqlClient client, Firing firing, Paging page) {
        return firing.jobId() == null
                ? page(client, COUNT_RECORDS, LIST_RECORDS, firing.id(), page, FiringStore::onDesktop)
                : page(client, COUNT_PIECES, LIST_PIECES, firing.id(), page, FiringStore::onDesktop);
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

    static Firing firing(Row row) {
        return new Firing(
                row.getUUID("id"),
                row.getJsonObject("request"),
                row.getString("status"),
                row.getString("reason"),
                row.getInteger("success_num"),
                row.getInteger("failed_num"),
                row.getInteger("skip_num"),
                row.getUUID("execution_task_id"),
                row.getUUID("job_id"),
                row.getOffsetDateTime("planned_at").toInstant(),
                row.getOffsetDateTime("start_time").toInstant(),
                instant(row, "end_time"));
    }

    static OnDesktop onDesktop(Row row) {
        return new OnDesktop(
                row.getUUID("id"),
                row.getUUID("desktop_id"),
                row.getString("desktop_name"),
                row.getUUID("script_id"),
                row.getString("status").replace("FAILED", "FAIL"),
                row.getString("result_code"),
                row.getString("reason"),
                instant(row, "start_time"),
                instant(row, "end_time"));
    }

    private static <T> List<T> read(RowSet<Row> rows, Function<Row, T> read) {
        return StreamSupport.stream(rows.spliterator(), false).map(read).toList();
    }
}
