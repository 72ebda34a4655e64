package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.Rows.utc;

import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.schedule.FiringStore.Firing;
import io.deskwave.control.schedule.FiringStore.OnDesktop;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Firings and what they came to from one end to the other, a page at a time, each page from where the one before ended. */
final class FiringWalkStore {
    private static final String BEFORE =
            """
            SELECT f.id, f.planned_at, f.request - 'apply_objects' - 'gray_desktop_ids' AS request, f.status, f.reason,
                   coalesce(t.success_num, f.success_num) AS success_num, coalesce(t.failed_num, f.failed_num) AS failed_num,
                   coalesce(t.skip_num, f.skip_num) AS skip_num, f.execution_task_id, f.job_id, f.start_time, f.end_time
            FROM scheduled_task_firings f
            LEFT JOIN execution_tasks t ON t.id = f.execution_task_id AND f.status = 'RUNNING'
            WHERE f.task_id = $1 AND f.planned_at >= $2 AND f.planned_at <= $3 AND f.planned_at < $4
            ORDER BY f.planned_at DESC LIMIT $5""";
    private static final String RECORDS_AFTER = FiringStore.RECORD_COLUMNS
            + """
            FROM execution_records r
            LEFT JOIN execution_task_scripts s ON s.task_id = r.task_id AND s.script_index = r.script_index
            WHERE r.task_id = $1
              AND ($2::uuid IS NULL OR (r.desktop_name, r.desktop_id, r.script_index) >
                   (SELECT a.desktop_name, a.desktop_id, a.script_index FROM execution_records a WHERE a.id = $2))
            ORDER BY r.desktop_name, r.desktop_id, r.script_index LIMIT $3""";
    private static final String PIECES_AFTER =
            """
            SELECT s.id, s.desktop_id, s.desktop_name, NULL::uuid AS script_id, s.error_code AS result_code, s.reason,
                   s.begin_time AS start_time, s.end_time,
                   CASE WHEN s.error_code = '"""
                    + PowerJobs.CONFLICT
                    + """
            ' THEN 'SKIP' ELSE s.status END AS status
            FROM sub_jobs s
            WHERE s.job_id = $1
              AND ($2::uuid IS NULL OR (s.desktop_name, s.id) >
                   (SELECT a.desktop_name, a.id FROM sub_jobs a WHERE a.id = $2))
            ORDER BY s.desktop_name, s.id LIMIT $3""";

    /**
     * The last planned first; requests come without objects and gray desktops.
     *
     * @param before where the page before ended
     */
    Future<List<Firing>> before(SqlClient client, ExportSpec spec, Instant before, int limit) {
        return client.preparedQuery(BEFORE)
                .execute(Tuple.of(spec.scheduledTaskId(), utc(spec.from()), utc(spec.until()), utc(before), limit))
                .map(rows -> read(rows, FiringStore::firing));
    }

    /** By name; of what is not kept any more there are none. */
    Future<List<OnDesktop>> desktopsAfter(SqlClient client, Firing firing, @Nullable OnDesktop after, int limit) {
        UUID made = firing.jobId() == null ? firing.executionTaskId() : firing.jobId();
        return made == null
                ? Future.succeededFuture(List.of())
                : client.preparedQuery(firing.jobId() == null ? RECORDS_AFTER : PIECES_AFTER)
                        .execute(Tuple.of(made, after == null ? null : after.id(), limit))
                        .map(rows -> read(rows, FiringStore::onDesktop));
    }

    private static <T> List<T> read(RowSet<Row> rows, Function<Row, T> read) {
        return StreamSupport.stream(rows.spliterator(), false).map(read).toList();
    }
}
