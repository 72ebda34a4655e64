package io.deskwave.control.execution;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** Desktops that are off and that executions are to start before they run. */
final class PreStartStore {
    /**
     * Those of which no start was asked since the execution waits for them, and to which nothing else is being done. A start
     * whose turn never came is asked for again at once; one that the provider left unanswered or does not do, after a while.
     */
    private static final String LIST_UNASKED =
            """
            SELECT t.project_id, w.desktop_id, max(w.deadline) AS deadline
            FROM execution_tasks t
                JOIN execution_records r ON r.task_id = t.id AND r.status = 'WAITING' AND r.pre_start_state = 'PENDING'
                JOIN record_work w ON w.record_id = r.id AND w.open AND NOT w.busy
                JOIN desktops d ON d.id = w.desktop_id AND d.node_id IS NULL AND d.deleted_at IS NULL
            WHERE t.pre_start = 'START' AND t.end_time IS NULL AND w.deadline > $1
              AND NOT EXISTS (SELECT FROM sub_jobs s WHERE s.desktop_id = w.desktop_id AND s.end_time IS NULL
                                AND s.action IS NOT NULL)
              AND NOT EXISTS (SELECT FROM sub_jobs s LEFT JOIN provider_calls c ON c.sub_job_id = s.id
                              WHERE s.desktop_id = w.desktop_id AND s.action = 'START'
                                AND s.begin_time >= w.deadline - make_interval(mins => t.start_timeout)
                                AND (s.status = 'SUCCESS' OR c.result IN ('done', 'accepted', 'failed')
                                     OR c.sub_job_id IS NOT NULL AND s.begin_time > $1 - interval '30 minutes'))
            GROUP BY t.project_id, w.desktop_id ORDER BY w.desktop_id LIMIT $2
            """;

    /** @param deadline when the execution no longer waits for it */
    record Unasked(String projectId, UUID desktopId, Instant deadline) {}

    Future<List<Unasked>> listUnasked(SqlClient sql, Instant now, int most) {
        return sql.preparedQuery(LIST_UNASKED)
                .execute(Tuple.of(now.atOffset(ZoneOffset.UTC), most))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> new Unasked(
                                row.getString("project_id"),
                                row.getUUID("desktop_id"),
                                row.getOffsetDateTime("deadline").toInstant()))
                        .toList());
    }
}
