package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes waiting records for the desktops that are connected to a node, one a desktop, in one statement that never waits. A
 * claim is made once for an attempt: what was claimed and not heard of is told to the agent again, with the same number.
 */
final class ClaimStore {
    /**
     * Of the desktops of a node that are not taken, each one's first released record; oldest task first. Joined by hashing
     * only: the queue looks empty to the planner whenever it was last counted between two tasks, and a nested loop over what
     * it holds by then takes time by the square.
     */
    private static final String CLAIM =
            """
            WITH first AS MATERIALIZED (
                SELECT DISTINCT ON (w.desktop_id) w.record_id
                FROM desktops d
                JOIN record_work w ON w.desktop_id = d.id
                WHERE d.node_id = $1 AND w.open AND NOT w.busy
                  AND NOT EXISTS (SELECT FROM record_work b WHERE b.desktop_id = d.id AND b.busy)
                ORDER BY w.desktop_id, w.queue_no, w.script_index
            ), locked AS (
                SELECT w.record_id FROM first JOIN record_work w ON w.record_id = first.record_id
                WHERE w.open AND NOT w.busy
                ORDER BY w.queue_no, w.record_id
                LIMIT $3
                FOR UPDATE OF w SKIP LOCKED
            )
            UPDATE record_work w
            SET busy = true, attempt = w.attempt + 1, claimed_at = $2,
                deadline = greatest(w.deadline, $2::timestamptz + interval '1 minute')
            FROM locked WHERE w.record_id = locked.record_id
            RETURNING w.record_id
            """;

    private static final String WITHOUT_NESTED_LOOPS = "SET LOCAL enable_nestloop = off";

    private static final String WITH_NESTED_LOOPS = "SET LOCAL enable_nestloop = on";

    private static final String ASSIGNMENT =
            """
            SELECT r.id, r.task_id, r.desktop_id, w.attempt, r.status, r.pre_start_state, r.post_finish_state, w.step_boot_id,
                   w.stop_requested_at IS NOT NULL AS stop_requested,
                   coalesce(s.type, t.command_type) AS script_type, ts.script_id, coalesce(ts.version_no, 0) AS version_no,
                   t.execution_timeout, t.pre_start, t.post_finish, d.session_epoch, d.boot_id, d.script_types
            FROM record_work w
            JOIN execution_records r ON r.id = w.record_id
            JOIN execution_tasks t ON t.id = w.task_id
            JOIN desktops d ON d.id = w.desktop_id
            LEFT JOIN execution_task_scripts ts ON ts.task_id = w.task_id AND ts.script_index = w.script_index
            LEFT JOIN scripts s ON s.id = ts.script_id
            """;

    private static final int READ_AT_ONCE = 750;

    private static final String GET_CLAIMED = ASSIGNMENT + " WHERE w.record_id = ANY($1)";

    private static final String FIND_OF_DESKTOPS = ASSIGNMENT + " WHERE w.desktop_id = ANY ($1) AND w.busy";

    private static final String LIST_TAKEN = "SELECT desktop_id FROM record_work WHERE desktop_id = ANY ($1) AND busy";

    private static final String LIST_TAKEN_BY =
            "SELECT record_id FROM record_work WHERE desktop_id = ANY ($1) AND busy";

    /** Where the agent has to be told something that is not a new script. */
    private static final String LIST_ATTENTION = ASSIGNMENT
            + """
            WHERE d.node_id = $1 AND w.busy
              AND (w.stop_requested_at IS NOT NULL OR w.step_deadline IS NOT NULL)
              AND (r.post_finish_state = 'PENDING' OR r.status IN ('WAITING', 'RUNNING'))
            """;

    private static final String LIST_UNTOLD = ASSIGNMENT
            + """
            WHERE d.node_id = $1 AND w.busy AND w.claimed_at < $2 AND w.stop_requested_at IS NULL
              AND r.status = 'WAITING' AND (r.pre_start_state IS NULL OR r.pre_start_state = 'DONE')
            ORDER BY w.claimed_at LIMIT 1000
            """;

    private static final String COMMANDS = "SELECT id, command_content FROM execution_tasks WHERE id = ANY ($1)";

    /**
     * Overdue: claimed or running without news; or released and waiting for a desktop that is neither busy nor connected. A
     * desktop that is busy gets the time its present record takes, which has a deadline of its own; one that is connected is
     * about to be claimed for, and one that was connected just now gets a minute to come back.
     */
    private static final String LIST_OVERDUE =
            """
            SELECT w.record_id FROM record_work w
            JOIN desktops d ON d.id = w.desktop_id
            WHERE w.deadline < $1 AND w.open
              AND (w.busy
                   OR (d.node_id IS NULL
                       AND (d.last_seen_at IS NULL OR d.last_seen_at < $1::timestamptz - interval '1 minute')
                       AND NOT EXISTS (SELECT FROM record_work b WHERE b.desktop_id = w.desktop_id AND b.busy)))
            ORDER BY w.deadline
            LIMIT $2
            """;

    /** What has not ended. */
    private static final String LIST_OF_DESKTOP =
            "SELECT record_id FROM record_work WHERE desktop_id = $1 AND step_deadline IS NULL";

    /** Whether a claim failed because another node claimed for one of its desktops in this moment. */
    static boolean isTakenMeanwhile(Throwable failure) {
        return failure instanceof PgException refused && "record_work_one_at_a_time".equals(refused.getConstraint());
    }

    /** The claimed records. Their agents do not know yet. To be called in a transaction. */
    Future<List<UUID>> claim(SqlConnection tx, UUID nodeId, int limit, Instant now) {
        return tx.query(WITHOUT_NESTED_LOOPS)
                .execute()
                .compose(set -> tx.preparedQuery(CLAIM).execute(Tuple.of(nodeId, utc(now), limit)))
                .map(rows -> Rows.ids(rows, "record_id"))
                .compose(claimed -> tx.query(WITH_NESTED_LOOPS).execute().map(claimed));
    }

    /** Some at a time: to read the rows of thousands would hold up the event loop. */
    Future<List<Assignment>> get(SqlClient sql, List<UUID> recordIds) {
        var all = new ArrayList<Assignment>(recordIds.size());
        Future<?> read = Future.succeededFuture();
        for (int from = 0; from < recordIds.size(); from += READ_AT_ONCE) {
            List<UUID> some = recordIds.subList(from, Math.min(recordIds.size(), from + READ_AT_ONCE));
            read = read.compose(before -> sql.preparedQuery(GET_CLAIMED)
                    .execute(Tuple.tuple().addArrayOfUUID(some.toArray(UUID[]::new)))
                    .map(rows -> all.addAll(assignments(rows))));
        }
        return read.map(all);
    }

    /** What desktops are taken by: one record or none each. */
    Future<List<Assignment>> findOfDesktops(SqlClient sql, Collection<UUID> desktopIds) {
        return sql.preparedQuery(FIND_OF_DESKTOPS)
                .execute(Tuple.tuple().addArrayOfUUID(desktopIds.toArray(UUID[]::new)))
                .map(ClaimStore::assignments);
    }

    /** Those of the desktops that are taken by a record. */
    Future<List<UUID>> listTaken(SqlClient sql, Collection<UUID> desktopIds) {
        return sql.preparedQuery(LIST_TAKEN)
                .execute(Tuple.tuple().addArrayOfUUID(desktopIds.toArray(UUID[]::new)))
                .map(rows -> Rows.ids(rows, "desktop_id"));
    }

    /** The records that these desktops are taken by. */
    Future<List<UUID>> listTakenBy(SqlClient sql, Collection<UUID> desktopIds) {
        return sql.preparedQuery(LIST_TAKEN_BY)
                .execute(Tuple.tuple().addArrayOfUUID(desktopIds.toArray(UUID[]::new)))
                .map(rows -> Rows.ids(rows, "record_id"));
    }

    Future<List<Assignment>> listAttention(SqlClient sql, UUID nodeId) {
        return sql.preparedQuery(LIST_ATTENTION).execute(Tuple.of(nodeId)).map(ClaimStore::assignments);
    }

    Future<List<Assignment>> listUntold(SqlClient sql, UUID nodeId, Instant claimedBefore) {
        return sql.preparedQuery(LIST_UNTOLD)
                .execute(Tuple.of(nodeId, utc(claimedBefore)))
                .map(ClaimStore::assignments);
    }

    /** What tasks run that are no scripts'. */
    Future<Map<UUID, String>> getCommands(SqlClient sql, Collection<UUID> taskIds) {
        return sql.preparedQuery(COMMANDS)
                .execute(Tuple.tuple().addArrayOfUUID(taskIds.toArray(UUID[]::new)))
                .map(rows -> {
                    var commands = new HashMap<UUID, String>();
                    rows.forEach(row -> commands.put(row.getUUID("id"), row.getString("command_content")));
                    return commands;
                });
    }

    Future<List<UUID>> listOverdue(SqlClient sql, Instant now, int limit) {
        return sql.preparedQuery(LIST_OVERDUE)
                .execute(Tuple.of(utc(now), limit))
                .map(rows -> Rows.ids(rows, "record_id"));
    }

    Future<List<UUID>> listOfDesktop(SqlClient sql, UUID desktopId) {
        return sql.preparedQuery(LIST_OF_DESKTOP).execute(Tuple.of(desktopId)).map(rows -> Rows.ids(rows, "record_id"));
    }

    private static List<Assignment> assignments(RowSet<Row> rows) {
        var assignments = new ArrayList<Assignment>(rows.size());
        for (Row row : rows) {
            assignments.add(new Assignment(
                    row.getUUID("id"),
                    row.getUUID("task_id"),
                    row.getUUID("desktop_id"),
                    row.getInteger("attempt"),
                    RecordStatus.valueOf(row.getString("status")),
                    ScriptType.valueOf(row.getString("script_type")),
                    row.getUUID("script_id"),
                    row.getInteger("version_no"),
                    row.getInteger("execution_timeout"),
                    row.getBoolean("stop_requested"),
                    row.getString("pre_start"),
                    state(row.getString("pre_start_state")),
                    row.getString("post_finish"),
                    state(row.getString("post_finish_state")),
                    row.getString("step_boot_id"),
                    row.getLong("session_epoch"),
                    row.getString("boot_id"),
                    Set.of(row.getArrayOfStrings("script_types"))));
        }
        return assignments;
    }

    private static @Nullable StepState state(@Nullable String name) {
        return name == null ? null : StepState.valueOf(name);
    }
}
