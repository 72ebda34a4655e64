package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes records: insert, open, start, close. Every statement is set-based; each names the state it expects, and its row
 * count tells whether it met it. The caller holds the locks of the tasks.
 */
final class RecordStore {
    private static final String INSERT =
            """
            INSERT INTO execution_records (
                id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index, batch, open, deadline,
                pre_start_state)
            SELECT gen_random_uuid(), $1, $2, $3, d.id, d.name, s.script_index, d.batch, d.batch < 2,
                   CASE WHEN d.batch < 2 THEN $8::timestamptz END,
                   CASE WHEN $9::boolean AND s.script_index = 0 THEN 'PENDING' END
            FROM unnest($4::uuid[], $5::text[], $6::int[]) AS d (id, name, batch),
                 generate_series(0, $7::int - 1) AS s (script_index)
            """;

    private static final String OPEN_COLUMNS =
            """
            r.id, r.task_id, r.desktop_id, r.script_index, r.batch, r.status, r.attempt, r.busy,
            r.stop_requested_at IS NOT NULL AS stop_requested, r.deadline,
            coalesce(v.success_codes, t.success_codes) AS success_codes
            FROM execution_records r
            JOIN execution_tasks t ON t.id = r.task_id
            LEFT JOIN execution_task_scripts s ON s.task_id = r.task_id AND s.script_index = r.script_index
            LEFT JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no
            """;

    private static final String LOCK =
            "SELECT " + OPEN_COLUMNS + " WHERE r.id = ANY($1) ORDER BY r.id FOR NO KEY UPDATE OF r";

    private static final String LOCK_OF_TASKS = "SELECT " + OPEN_COLUMNS
            + " WHERE r.task_id = ANY($1) AND r.status IN ('WAITING', 'RUNNING') ORDER BY r.id FOR NO KEY UPDATE OF r";

    private static final String LOCK_LATER = "SELECT " + OPEN_COLUMNS
            + """
            JOIN unnest($1::uuid[], $2::uuid[], $3::int[]) AS f (task_id, desktop_id, script_index)
              ON f.task_id = r.task_id AND f.desktop_id = r.desktop_id AND f.script_index < r.script_index
            WHERE r.status = 'WAITING' AND NOT r.busy ORDER BY r.id FOR NO KEY UPDATE OF r
            """;

    private static final String CLOSE =
            """
            WITH ends AS (
                SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::text[],
                                     $7::timestamptz[], $8::bigint[], $9::bigint[], $10::boolean[])
                    AS e (id, attempt, status, code, exit_code, reason, ended_at, stdout_bytes, stderr_bytes, keep_busy)
            ), closed AS (
                UPDATE execution_records r
                SET status = e.status, result_code = e.code, exit_code = e.exit_code, reason = e.reason,
                    end_time = greatest(coalesce(r.start_time, r.claimed_at, $11), least(e.ended_at, $11)),
                    stdout_bytes = e.stdout_bytes, stderr_bytes = e.stderr_bytes, busy = e.keep_busy AND r.busy,
                    post_finish_state = CASE WHEN e.keep_busy THEN 'PENDING' END,
                    step_deadline = CASE WHEN e.keep_busy THEN $11::timestamptz + interval '10 minutes' END,
                    changed_xid = pg_current_xact_id()
                FROM ends e
                WHERE r.id = e.id AND r.attempt = e.attempt AND r.status IN ('WAITING', 'RUNNING')
                RETURNING r.task_id, r.batch, r.status
            ), counted AS (
                SELECT task_id,
                       count(*) FILTER (WHERE status = 'SUCCESS') AS success_num,
                       count(*) FILTER (WHERE status = 'FAILED') AS failed_num,
                       count(*) FILTER (WHERE status = 'SKIP') AS skip_num,
                       count(*) FILTER (WHERE batch = 1) AS gray_ended,
                       count(*) FILTER (WHERE batch = 1 AND status = 'FAILED') AS gray_failed
                FROM closed GROUP BY task_id
            )
            UPDATE execution_tasks t
            SET success_num = t.success_num + c.success_num,
                failed_num = t.failed_num + c.failed_num,
                skip_num = t.skip_num + c.skip_num,
                gray_ended = t.gray_ended + c.gray_ended,
                gray_failed = t.gray_failed + c.gray_failed,
                status = CASE
                    WHEN t.success_num + t.failed_num + t.skip_num + c.success_num + c.failed_num + c.skip_num < t.total
                    THEN t.status
                    WHEN t.failed_num + c.failed_num = 0 AND t.success_num + c.success_num > 0 THEN 'SUCCESS'
                    ELSE 'FAILED' END,
                end_time = CASE
                    WHEN t.success_num + t.failed_num + t.skip_num + c.success_num + c.failed_num + c.skip_num = t.total
                    THEN $11::timestamptz END,
                changed_xid = pg_current_xact_id()
            FROM counted c WHERE t.id = c.task_id
            RETURNING t.id, t.gate, t.gray_fail_threshold, t.gray_total, t.gray_ended, t.gray_failed,
                      t.post_finish IS NOT NULL AS post, t.start_timeout, t.execution_timeout
            """;

    private static final String OPEN_REST =
            """
            UPDATE execution_records SET open = true, deadline = $2, changed_xid = pg_current_xact_id()
            WHERE task_id = $1 AND batch = 2 AND NOT open AND status = 'WAITING'
            """;

    private static final String COUNT_SUCCEEDED_GRAY =
            """
            SELECT count(*) AS desktops FROM (
                SELECT desktop_id FROM execution_records WHERE task_id = $1 AND batch = 1
                GROUP BY desktop_id HAVING bool_and(status = 'SUCCESS')) AS succeeded
            """;

    private static final String UNFINISHED =
            """
            SELECT r.task_id, r.desktop_id, count(*) AS open
            FROM execution_records r
            JOIN unnest($1::uuid[], $2::uuid[]) AS f (task_id, desktop_id)
              ON f.task_id = r.task_id AND f.desktop_id = r.desktop_id
            WHERE r.status IN ('WAITING', 'RUNNING')
            GROUP BY r.task_id, r.desktop_id
            """;

    /** The agent's clock may be wrong: a start is not before the claim and not in the future. */
    private static final String START =
            """
            UPDATE execution_records r
            SET status = 'RUNNING',
                start_time = greatest(r.claimed_at, least(n.started_at, $5)),
                deadline = greatest(r.claimed_at, least(n.started_at, $5))
                           + make_interval(mins => t.execution_timeout, secs => $6),
                console_charset = n.charset, changed_xid = pg_current_xact_id()
            FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $7::uuid[])
                     AS n (id, attempt, started_at, charset, desktop_id),
                 execution_tasks t
            WHERE r.id = n.id AND r.attempt = n.attempt AND r.desktop_id = n.desktop_id
              AND r.status = 'WAITING' AND r.busy AND t.id = r.task_id
            RETURNING r.task_id
            """;

    private static final String KEEP_LATE =
            """
            UPDATE execution_records r SET late_result = n.outcome, changed_xid = pg_current_xact_id()
            FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::jsonb[]) AS n (id, attempt, desktop_id, outcome)
            WHERE r.id = n.id AND r.desktop_id = n.desktop_id AND r.attempt = n.attempt AND r.late_result IS NULL
              AND r.status IN ('SUCCESS', 'FAILED', 'SKIP')
              AND NOT (r.result_code = n.outcome ->> 'code' AND r.result_code <> 'AGENT_LOST')
            """;

    Future<Integer> insert(SqlClient sql, TaskStore.NewTask task, long queueNo, List<String> names) {
        OffsetDateTime deadline =
                utc(task.now().plusSeconds(60L * task.request().startTimeoutMinutes()));
        return sql.preparedQuery(INSERT)
                .execute(Tuple.from(new Object[] {
                    task.id(),
                    task.request().projectId(),
                    queueNo,
                    task.desktopIds().toArray(UUID[]::new),
                    names.toArray(String[]::new),
                    task.plan().batchOf(task.desktopIds()).toArray(Integer[]::new),
                    task.scripts(),
                    deadline,
                    task.request().preStart() != null
                }))
                .map(RowSet::rowCount);
    }

    Future<List<OpenRecord>> lock(SqlClient sql, Collection<UUID> ids) {
        return sql.preparedQuery(LOCK)
                .execute(Tuple.of(ids.toArray(UUID[]::new)))
                .map(RecordStore::open);
    }

    /** The records of these tasks that have not ended. */
    Future<List<OpenRecord>> lockOfTasks(SqlClient sql, Collection<UUID> taskIds) {
        return sql.preparedQuery(LOCK_OF_TASKS)
                .execute(Tuple.of(taskIds.toArray(UUID[]::new)))
                .map(RecordStore::open);
    }

    /** The waiting records of the same task and desktop that come after these. */
    Future<List<OpenRecord>> lockLater(SqlClient sql, List<OpenRecord> failed) {
        return sql.preparedQuery(LOCK_LATER)
                .execute(Tuple.of(
                        failed.stream().map(OpenRecord::taskId).toArray(UUID[]::new),
                        failed.stream().map(OpenRecord::desktopId).toArray(UUID[]::new),
                        failed.stream().map(OpenRecord::scriptIndex).toArray(Integer[]::new)))
                .map(RecordStore::open);
    }

    /** Closes records and moves their tasks' counters in one statement; answers the tasks as they stand then. */
    Future<List<TaskState>> close(SqlClient sql, List<Closing> closings, Instant now) {
        return sql.preparedQuery(CLOSE)
                .execute(Tuple.from(new Object[] {
                    closings.stream().map(Closing::recordId).toArray(UUID[]::new),
                    closings.stream().map(Closing::attempt).toArray(Integer[]::new),
                    closings.stream().map(c -> c.status().name()).toArray(String[]::new),
                    closings.stream().map(c -> c.code().name()).toArray(String[]::new),
                    closings.stream().map(Closing::exitCode).toArray(Integer[]::new),
                    closings.stream()
                            .map(Closing::reason)
                            .map(RecordStore::storable)
                            .toArray(String[]::new),
                    closings.stream().map(c -> utc(c.endedAt())).toArray(OffsetDateTime[]::new),
                    closings.stream().map(Closing::stdoutBytes).toArray(Long[]::new),
                    closings.stream().map(Closing::stderrBytes).toArray(Long[]::new),
                    closings.stream().map(Closing::keepBusy).toArray(Boolean[]::new),
                    utc(now)
                }))
                .map(TaskStore::states);
    }

    Future<Integer> openRest(SqlClient sql, UUID taskId, Instant deadline) {
        return sql.preparedQuery(OPEN_REST)
                .execute(Tuple.of(taskId, utc(deadline)))
                .map(RowSet::rowCount);
    }

    Future<Integer> countSucceededGray(SqlClient sql, UUID taskId) {
        return sql.preparedQuery(COUNT_SUCCEEDED_GRAY)
                .execute(Tuple.of(taskId))
                .map(rows -> rows.iterator().next().getInteger("desktops"));
    }

    /** A task on one desktop. */
    record Place(UUID taskId, UUID desktopId) {}

    /** Which of these have records that have not ended, and how many. */
    Future<Map<Place, Integer>> countUnfinished(SqlClient sql, Collection<Place> places) {
        return sql.preparedQuery(UNFINISHED)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(places.stream().map(Place::taskId).toArray(UUID[]::new))
                        .addArrayOfUUID(places.stream().map(Place::desktopId).toArray(UUID[]::new)))
                .map(rows -> {
                    var open = new HashMap<Place, Integer>();
                    rows.forEach(row -> open.put(
                            new Place(row.getUUID("task_id"), row.getUUID("desktop_id")), row.getInteger("open")));
                    return open;
                });
    }

    /** News that a process runs. */
    record Start(UUID recordId, int attempt, UUID desktopId, Instant startedAt, String consoleCharset) {}

    /** Answers the tasks of the records that were WAITING; a repeated or stale start changes nothing. */
    Future<List<UUID>> start(SqlClient sql, List<Start> starts, int graceSeconds, Instant now) {
        return sql.preparedQuery(START)
                .execute(Tuple.from(new Object[] {
                    starts.stream().map(Start::recordId).toArray(UUID[]::new),
                    starts.stream().map(Start::attempt).toArray(Integer[]::new),
                    starts.stream().map(s -> utc(s.startedAt())).toArray(OffsetDateTime[]::new),
                    starts.stream()
                            .map(Start::consoleCharset)
                            .map(RecordStore::storable)
                            .toArray(String[]::new),
                    utc(now),
                    (double) graceSeconds,
                    starts.stream().map(Start::desktopId).toArray(UUID[]::new)
                }))
                .map(rows -> {
                    var tasks = new ArrayList<UUID>();
                    rows.forEach(row -> tasks.add(row.getUUID("task_id")));
                    return tasks;
                });
    }

    /** An outcome that came after its record had ended. */
    record Late(UUID recordId, int attempt, UUID desktopId, JsonObject outcome) {}

    Future<Integer> keepLate(SqlClient sql, List<Late> late) {
        return sql.preparedQuery(KEEP_LATE)
                .execute(Tuple.of(
                        late.stream().map(Late::recordId).toArray(UUID[]::new),
                        late.stream().map(Late::attempt).toArray(Integer[]::new),
                        late.stream().map(Late::desktopId).toArray(UUID[]::new),
                        late.stream().map(Late::outcome).toArray(JsonObject[]::new)))
                .map(RowSet::rowCount);
    }

    /** PostgreSQL's text takes no NUL, and an agent may send one. */
    static String storable(String text) {
        return text.replace("\u0000", "\uFFFD");
    }

    private static List<OpenRecord> open(RowSet<Row> rows) {
        var records = new ArrayList<OpenRecord>(rows.size());
        for (Row row : rows) {
            records.add(new OpenRecord(
                    row.getUUID("id"),
                    row.getUUID("task_id"),
                    row.getUUID("desktop_id"),
                    row.getInteger("script_index"),
                    row.getInteger("batch"),
                    RecordStatus.valueOf(row.getString("status")),
                    row.getInteger("attempt"),
                    row.getBoolean("busy"),
                    row.getBoolean("stop_requested"),
                    Rows.instant(row, "deadline"),
                    Rows.numbers(row, "success_codes")));
        }
        return records;
    }
}
