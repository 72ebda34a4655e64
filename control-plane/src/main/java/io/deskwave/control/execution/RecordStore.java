package io.deskwave.control.execution;

import static io.deskwave.control.execution.Rows.utc;

import io.vertx.core.Future;
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
 * Records as rows of the queue: insert, lock, open. Every statement is set-based; each names the state it expects, and its row
 * count tells whether it met it. The caller holds the locks of the tasks.
 */
final class RecordStore {
    private static final String INSERT =
            """
            WITH task AS (
                SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::boolean[], $5::timestamptz[]) WITH ORDINALITY
                    AS t (id, project_id, queue_no, pre_start, deadline, place)
            ), made AS (
                INSERT INTO execution_records (
                    id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index, batch, pre_start_state)
                SELECT n.id, t.id, t.project_id, t.queue_no, n.desktop_id, n.desktop_name, n.script_index, n.batch,
                       CASE WHEN t.pre_start AND n.script_index = 0 THEN 'PENDING' END
                FROM unnest($6::int[], $7::uuid[], $8::uuid[], $9::text[], $10::int[], $11::int[])
                     AS n (place, id, desktop_id, desktop_name, script_index, batch)
                JOIN task t ON t.place = n.place
                RETURNING id, task_id, queue_no, desktop_id, script_index, batch)
            INSERT INTO record_work (record_id, task_id, desktop_id, queue_no, script_index, batch, open, deadline)
            SELECT m.id, m.task_id, m.desktop_id, m.queue_no, m.script_index, m.batch, m.batch < 2,
                   CASE WHEN m.batch < 2 THEN t.deadline END
            FROM made m JOIN task t ON t.id = m.task_id
            """;

    /** Records that have not ended or hold their desktop. */
    private static final String OPEN_COLUMNS =
            """
            SELECT r.id, r.task_id, r.desktop_id, r.queue_no, r.script_index, r.batch, r.status, w.attempt, w.busy,
                   w.stop_requested_at IS NOT NULL AS stop_requested, w.deadline,
                   coalesce(v.success_codes, t.success_codes) AS success_codes
            FROM record_work w
            JOIN execution_records r ON r.id = w.record_id
            JOIN execution_tasks t ON t.id = w.task_id
            LEFT JOIN execution_task_scripts s ON s.task_id = w.task_id AND s.script_index = w.script_index
            LEFT JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no
            """;

    private static final String LOCKED = " ORDER BY w.record_id FOR NO KEY UPDATE OF w";

    private static final String LOCK = OPEN_COLUMNS + " WHERE w.record_id = ANY($1)" + LOCKED;

    private static final String LOCK_OF_TASKS =
            OPEN_COLUMNS + " WHERE w.task_id = ANY($1) AND r.status IN ('WAITING', 'RUNNING')" + LOCKED;

    private static final String LOCK_LATER = OPEN_COLUMNS
            + """
            JOIN unnest($1::uuid[], $2::bigint[], $3::int[]) AS f (desktop_id, queue_no, script_index)
              ON f.desktop_id = r.desktop_id AND f.queue_no = r.queue_no AND f.script_index < r.script_index
            WHERE r.status = 'WAITING' AND NOT w.busy
            """
            + LOCKED;

    private static final String FIND_STANDING =
            """
            SELECT r.id, r.desktop_id, coalesce(w.attempt, r.attempt) AS attempt
            FROM execution_records r LEFT JOIN record_work w ON w.record_id = r.id
            WHERE r.id = ANY($1)
            """;

    private static final String OPEN_REST =
            """
            UPDATE record_work SET open = true, deadline = $2
            WHERE task_id = $1 AND batch = 2 AND NOT open AND NOT busy
            """;

    private static final String COUNT_SUCCEEDED_GRAY =
            """
            SELECT count(*) AS desktops FROM (
                SELECT desktop_id FROM execution_records WHERE task_id = $1 AND batch = 1
                GROUP BY desktop_id HAVING bool_and(status = 'SUCCESS')) AS succeeded
            """;

    private static final String UNFINISHED =
            """
            SELECT r.queue_no, r.desktop_id, count(*) AS open
            FROM execution_records r
            JOIN unnest($1::uuid[], $2::bigint[]) AS f (desktop_id, queue_no)
              ON f.desktop_id = r.desktop_id AND f.queue_no = r.queue_no
            WHERE r.status IN ('WAITING', 'RUNNING')
            GROUP BY r.queue_no, r.desktop_id
            """;

    /** For each desktop by itself: of a thousand most have nothing, and the queue may be long. */
    private static final String HAS_WAITING =
            """
            SELECT EXISTS (
                SELECT FROM unnest($1::uuid[]) AS freed (desktop_id)
                CROSS JOIN LATERAL (
                    SELECT FROM record_work w WHERE w.desktop_id = freed.desktop_id AND w.open AND NOT w.busy LIMIT 1)
                    AS waiting) AS waits
            """;

    /** One record for each desktop and script, in the order of the tasks and of their desktops. */
    Future<Void> insert(SqlClient sql, List<TaskStore.NewTask> tasks, Map<UUID, Long> queueNos) {
        return sql.preparedQuery(INSERT).execute(values(tasks, queueNos)).mapEmpty();
    }

    private static Tuple values(List<TaskStore.NewTask> tasks, Map<UUID, Long> queueNos) {
        int count = tasks.stream()
                .mapToInt(task -> task.desktopIds().size() * task.scripts())
                .sum();
        Integer[] places = new Integer[count];
        UUID[] desktopIds = new UUID[count];
        String[] desktopNames = new String[count];
        Integer[] scriptIndexes = new Integer[count];
        Integer[] batches = new Integer[count];
        int made = 0;
        for (int place = 0; place < tasks.size(); place++) {
            TaskStore.NewTask task = tasks.get(place);
            List<Integer> batchOf = task.plan().batchOf(task.desktopIds());
            int scripts = task.scripts();
            for (int i = 0; i < task.desktopIds().size() * scripts; i++, made++) {
                places[made] = place + 1;
                desktopIds[made] = task.desktopIds().get(i / scripts);
                desktopNames[made] = task.desktopNames().get(i / scripts);
                scriptIndexes[made] = i % scripts;
                batches[made] = batchOf.get(i / scripts);
            }
        }
        return Tuple.from(new Object[] {
            tasks.stream().map(TaskStore.NewTask::id).toArray(UUID[]::new),
            tasks.stream().map(task -> task.request().projectId()).toArray(String[]::new),
            tasks.stream().map(task -> queueNos.get(task.id())).toArray(Long[]::new),
            tasks.stream().map(task -> task.request().preStart() != null).toArray(Boolean[]::new),
            tasks.stream().map(RecordStore::deadline).toArray(OffsetDateTime[]::new),
            places,
            TimeOrderedIds.make(tasks.get(0).now(), count),
            desktopIds,
            desktopNames,
            scriptIndexes,
            batches
        });
    }

    private static OffsetDateTime deadline(TaskStore.NewTask task) {
        return utc(task.now().plusSeconds(60L * task.request().startTimeoutMinutes()));
    }

    /** Those that have not ended or hold their desktop; the others are missing. */
    Future<List<OpenRecord>> lock(SqlClient sql, Collection<UUID> ids) {
        return sql.preparedQuery(LOCK)
                .execute(Tuple.of(ids.toArray(UUID[]::new)))
                .map(RecordStore::open);
    }

    /** Where a record stands, ended or not. */
    record Standing(UUID id, UUID desktopId, int attempt) {}

    Future<List<Standing>> findStanding(SqlClient sql, Collection<UUID> ids) {
        return sql.preparedQuery(FIND_STANDING)
                .execute(Tuple.of(ids.toArray(UUID[]::new)))
                .map(rows -> {
                    var found = new ArrayList<Standing>(rows.size());
                    rows.forEach(row -> found.add(
                            new Standing(row.getUUID("id"), row.getUUID("desktop_id"), row.getInteger("attempt"))));
                    return found;
                });
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
                        failed.stream().map(OpenRecord::desktopId).toArray(UUID[]::new),
                        failed.stream().map(OpenRecord::queueNo).toArray(Long[]::new),
                        failed.stream().map(OpenRecord::scriptIndex).toArray(Integer[]::new)))
                .map(RecordStore::open);
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
    record Place(UUID desktopId, long queueNo) {}

    /** Which of these have records that have not ended, and how many. */
    Future<Map<Place, Integer>> countUnfinished(SqlClient sql, Collection<Place> places) {
        return sql.preparedQuery(UNFINISHED)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(places.stream().map(Place::desktopId).toArray(UUID[]::new))
                        .addArrayOfLong(places.stream().map(Place::queueNo).toArray(Long[]::new)))
                .map(rows -> {
                    var open = new HashMap<Place, Integer>();
                    rows.forEach(row -> open.put(
                            new Place(row.getUUID("desktop_id"), row.getLong("queue_no")), row.getInteger("open")));
                    return open;
                });
    }

    /** Whether released records wait for one of these desktops. */
    Future<Boolean> hasWaiting(SqlClient sql, Collection<UUID> desktopIds) {
        return sql.preparedQuery(HAS_WAITING)
                .execute(Tuple.tuple().addArrayOfUUID(desktopIds.toArray(UUID[]::new)))
                .map(rows -> rows.iterator().next().getBoolean("waits"));
    }

    private static List<OpenRecord> open(RowSet<Row> rows) {
        var records = new ArrayList<OpenRecord>(rows.size());
        for (Row row : rows) {
            records.add(new OpenRecord(
                    row.getUUID("id"),
                    row.getUUID("task_id"),
                    row.getUUID("desktop_id"),
                    row.getLong("queue_no"),
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
