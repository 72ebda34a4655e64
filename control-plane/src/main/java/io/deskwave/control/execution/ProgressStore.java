package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Moves records on: start, end, late news. Each statement takes many, names the state it expects, and its rows tell which
 * records met it. The caller holds the locks of the tasks.
 *
 * <p>Rows of the queue are found once by {@code = ANY}, and by their ids alone in a join with those: there an array besides
 * would be sorted anew for each row.
 */
final class ProgressStore {
    /** The deadline counts from the news, not from the agent's clock: that may be an hour off, and a record ends when it is over. */
    private static final String START =
            """
            WITH work AS MATERIALIZED (
                SELECT record_id FROM record_work WHERE record_id = ANY($1)
            ), started AS (
                UPDATE record_work w
                SET deadline = $5::timestamptz + make_interval(mins => t.execution_timeout, secs => $6)
                FROM work k, unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $7::uuid[])
                         AS n (id, attempt, started_at, charset, desktop_id),
                     execution_tasks t, execution_records r
                WHERE n.id = k.record_id AND w.record_id = k.record_id AND w.attempt = n.attempt
                  AND w.desktop_id = n.desktop_id AND w.busy AND t.id = w.task_id AND r.id = w.record_id AND r.status = 'WAITING'
                RETURNING w.record_id, w.attempt, n.charset, greatest(w.claimed_at, least(n.started_at, $5)) AS at)
            UPDATE execution_records r
            SET status = 'RUNNING', attempt = s.attempt, start_time = s.at, console_charset = s.charset,
                changed_xid = pg_current_xact_id()
            FROM started s WHERE r.id = s.record_id AND r.status = 'WAITING'
            RETURNING r.task_id
            """;

    /**
     * The agent's clock may be wrong: a start is not before the claim and not in the future. What is read of the records is
     * safe, since whoever changes them holds their tasks' locks. How much was printed by what ends without its agent's word is
     * as much as is stored.
     */
    private static final String CLOSE =
            """
            WITH work AS MATERIALIZED (
                SELECT record_id, attempt, claimed_at, busy FROM record_work WHERE record_id = ANY($1)
            ), ends AS MATERIALIZED (
                SELECT e.*, w.claimed_at, e.wants_step AND w.busy AS keep_busy,
                       CASE WHEN e.started_at IS NOT NULL THEN greatest(w.claimed_at, least(e.started_at, $11)) END AS began
                FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[],
                            $8::bigint[], $9::bigint[], $10::boolean[], $12::timestamptz[], $13::text[])
                    AS e (id, attempt, status, code, exit_code, reason, ended_at, stdout_bytes, stderr_bytes, wants_step,
                          started_at, charset)
                JOIN work w ON w.record_id = e.id AND w.attempt = e.attempt
            ), freed AS (
                DELETE FROM record_work w USING ends e
                WHERE w.record_id = e.id AND NOT e.keep_busy
            ), kept AS (
                UPDATE record_work w SET deadline = NULL, step_deadline = $11::timestamptz + interval '10 minutes'
                FROM ends e WHERE w.record_id = e.id AND e.keep_busy
            ), closed AS (
                UPDATE execution_records r
                SET status = e.status, attempt = e.attempt, result_code = e.code, exit_code = e.exit_code,
                    reason = e.reason,
                    start_time = coalesce(r.start_time, e.began),
                    end_time = greatest(coalesce(r.start_time, e.began, e.claimed_at, $11), least(e.ended_at, $11)),
                    console_charset = coalesce(e.charset, r.console_charset),
                    stdout_bytes = CASE WHEN e.code IN ('AGENT_LOST', 'INTERRUPTED') THEN greatest(e.stdout_bytes, (
                        SELECT o.stdout_end FROM record_outputs o WHERE o.record_id = e.id AND o.attempt = e.attempt))
                        ELSE e.stdout_bytes END,
                    stderr_bytes = CASE WHEN e.code IN ('AGENT_LOST', 'INTERRUPTED') THEN greatest(e.stderr_bytes, (
                        SELECT o.stderr_end FROM record_outputs o WHERE o.record_id = e.id AND o.attempt = e.attempt))
                        ELSE e.stderr_bytes END,
                    post_finish_state = CASE WHEN e.keep_busy THEN 'PENDING' END,
                    changed_xid = pg_current_xact_id()
                FROM ends e
                WHERE r.id = e.id AND r.status IN ('WAITING', 'RUNNING')
                RETURNING r.task_id, r.batch, r.status, e.began IS NOT NULL AS started
            ), counted AS (
                SELECT task_id,
                       count(*) FILTER (WHERE status = 'SUCCESS') AS success_num,
                       count(*) FILTER (WHERE status = 'FAILED') AS failed_num,
                       count(*) FILTER (WHERE status = 'SKIP') AS skip_num,
                       count(*) FILTER (WHERE batch = 1) AS gray_ended,
                       count(*) FILTER (WHERE batch = 1 AND status = 'FAILED') AS gray_failed,
                       bool_or(started) AS started
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
                    THEN CASE WHEN c.started THEN 'RUNNING' ELSE t.status END
                    WHEN t.failed_num + c.failed_num = 0 AND t.success_num + c.success_num > 0 THEN 'SUCCESS'
                    ELSE 'FAILED' END,
                start_time = CASE WHEN c.started THEN coalesce(t.start_time, $11::timestamptz) ELSE t.start_time END,
                end_time = CASE
                    WHEN t.success_num + t.failed_num + t.skip_num + c.success_num + c.failed_num + c.skip_num = t.total
                    THEN $11::timestamptz END,
                changed_xid = pg_current_xact_id()
            FROM counted c WHERE t.id = c.task_id
            RETURNING t.id, t.gate, t.gray_fail_threshold, t.gray_total, t.gray_ended, t.gray_failed,
                      t.post_finish IS NOT NULL AS post, t.start_timeout, t.execution_timeout
            """;

    private static final String KEEP_LATE =
            """
            UPDATE execution_records r SET late_result = n.outcome, changed_xid = pg_current_xact_id()
            FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::jsonb[]) AS n (id, attempt, desktop_id, outcome)
            WHERE r.id = n.id AND r.desktop_id = n.desktop_id AND r.attempt = n.attempt AND r.late_result IS NULL
              AND r.status IN ('SUCCESS', 'FAILED', 'SKIP')
              AND NOT (r.result_code = n.outcome ->> 'code' AND r.result_code <> 'AGENT_LOST')
            """;

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
                            .map(ProgressStore::storable)
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
                            .map(ProgressStore::storable)
                            .toArray(String[]::new),
                    closings.stream().map(c -> utc(c.endedAt())).toArray(OffsetDateTime[]::new),
                    closings.stream().map(Closing::stdoutBytes).toArray(Long[]::new),
                    closings.stream().map(Closing::stderrBytes).toArray(Long[]::new),
                    closings.stream().map(Closing::keepBusy).toArray(Boolean[]::new),
                    utc(now),
                    closings.stream().map(c -> utcOrNull(c.startedAt())).toArray(OffsetDateTime[]::new),
                    closings.stream()
                            .map(c -> c.charset() == null ? null : storable(c.charset()))
                            .toArray(String[]::new)
                }))
                .map(TaskStore::states);
    }

    /** PostgreSQL's text takes no NUL, and an agent may send one. */
    static String storable(String text) {
        return text.replace("\u0000", "\uFFFD");
    }

    private static @Nullable OffsetDateTime utcOrNull(@Nullable Instant instant) {
        return instant == null ? null : utc(instant);
    }
}
