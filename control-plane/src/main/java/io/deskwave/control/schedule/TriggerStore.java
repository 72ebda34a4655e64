package io.deskwave.control.schedule;

import io.deskwave.control.desktop.DesktopEventStore;
import io.deskwave.control.schedule.TriggeredTask.Stored;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/**
 * Triggers of tasks: made of what happened to desktops, dropped with what they were made for, and made into firings. Whoever
 * makes or fires triggers of a task holds the task.
 */
final class TriggerStore {
    /** For the transaction: what is made within a statement has no statistics, and a loop in a loop over thousands never ends. */
    private static final String JOIN_BY_HASH = "SET LOCAL enable_nestloop = off";

    /** What a task did for longer before an event has nothing to do with it: the longest in {@link #MAKE}. */
    private static final Duration AFTERMATH = Duration.ofMinutes(15);

    private static final String LOOK =
            """
            SELECT EXISTS (SELECT FROM desktop_events) AS events,
                   EXISTS (SELECT FROM scheduled_task_triggers WHERE fired_at IS NULL AND fire_at <= $1) AS due,
                   EXISTS (SELECT FROM scheduled_tasks WHERE life_cycle_type = 'POST_DESKTOP_CANNOT_CONNECT' AND enable
                             AND deleted_at IS NULL) AS watching
            """;

    private static final String TAKE_EVENTS =
            """
            DELETE FROM desktop_events WHERE no IN (
                SELECT no FROM desktop_events ORDER BY no LIMIT $1 FOR UPDATE SKIP LOCKED)
            RETURNING no, desktop_id, kind, at
            """;

    private static final String LOCK_CONCERNED =
            """
            SELECT id, project_id, request, armed_at, true AS enabled FROM scheduled_tasks
            WHERE life_cycle_type = ANY ($1) AND enable AND deleted_at IS NULL
              AND project_id IN (SELECT project_id FROM desktops WHERE id = ANY ($2))
            ORDER BY id FOR NO KEY UPDATE
            """;

    /**
     * The last event of each desktop. A log-off that comes of what a task did to the desktop itself is not told to it: a
     * reboot that ends the last session would lead to the next one. Such are those until the desktop is back and its session
     * has settled, or, when it does not come back, for some minutes. What a task did is found by arrays, which go by their
     * indexes where joins are by hash.
     */
    private static final String MAKE =
            """
            WITH event AS (
                SELECT * FROM unnest($7::bigint[], $8::uuid[], $9::text[], $10::timestamptz[]) AS e (no, desktop_id, trigger, at)
            ), task AS (
                SELECT * FROM unnest($11::uuid[], $12::text[], $13::timestamptz[], $14::bigint[])
                    AS t (id, trigger, armed_at, wait_seconds)
            ), desk AS (
                SELECT id, project_id, pool_id, session_epoch, connected_at FROM desktops
                WHERE id = ANY ($8) AND deleted_at IS NULL
            )"""
                    + MemberStore.MEMBER
                    + """
            , own_firing AS (
                SELECT task_id, start_time, execution_task_id, job_id FROM scheduled_task_firings
                WHERE task_id = ANY (ARRAY(SELECT id FROM task WHERE trigger = 'POST_DESKTOP_DISCONNECTED'))
                  AND (status = 'RUNNING' OR end_time >= $15)
            ), own AS (
                SELECT f.task_id, s.desktop_id, s.begin_time AS since, s.end_time + interval '5 minutes' AS until,
                       CASE WHEN s.end_time IS NOT NULL AND d.session_epoch > greatest(s.ordered_epoch, s.accepted_epoch)
                            THEN d.connected_at END AS back_at
                FROM own_firing f JOIN sub_jobs s ON s.job_id = f.job_id JOIN desk d ON d.id = s.desktop_id
                WHERE s.job_id = ANY (ARRAY(SELECT job_id FROM own_firing)) AND s.desktop_id = ANY ($8)
                  AND s.action IN ('STOP', 'HIBERNATE', 'REBOOT') AND s.status <> 'FAILED'
                UNION ALL
                SELECT f.task_id, r.desktop_id, f.start_time, r.end_time + interval '15 minutes',
                       CASE WHEN k.post_finish IS NULL AND r.start_time IS NOT NULL THEN r.start_time
                            WHEN d.connected_at > r.end_time AND coalesce(r.post_finish_state NOT IN ('PENDING', 'SENT'), true)
                            THEN d.connected_at END
                FROM own_firing f JOIN execution_tasks k ON k.id = f.execution_task_id
                JOIN execution_records r ON r.task_id = k.id JOIN desk d ON d.id = r.desktop_id
                WHERE k.id = ANY (ARRAY(SELECT execution_task_id FROM own_firing))
                  AND r.task_id = ANY (ARRAY(SELECT execution_task_id FROM own_firing)) AND r.desktop_id = ANY ($8)
                  AND (k.post_finish IS NOT NULL OR k.pre_start = 'REBOOT' AND r.script_index = 0) AND r.status <> 'SKIP'
            ), last AS (
                SELECT DISTINCT ON (t.id, e.desktop_id) t.id AS task_id, e.*, t.wait_seconds
                FROM event e JOIN task t ON t.trigger = e.trigger AND e.at >= t.armed_at
                JOIN member m ON m.task_id = t.id AND m.desktop_id = e.desktop_id
                WHERE NOT EXISTS (SELECT FROM own WHERE own.task_id = t.id AND own.desktop_id = e.desktop_id
                                    AND e.at >= own.since AND (own.until IS NULL OR e.at <= own.until)
                                    AND (own.back_at IS NULL OR e.at <= own.back_at + interval '2 minutes'))
                ORDER BY t.id, e.desktop_id, e.no DESC
            )
            INSERT INTO scheduled_task_triggers AS x (task_id, desktop_id, kind, event_no, event_at, fire_at)
            SELECT task_id, desktop_id, trigger, no, at, at + make_interval(secs => wait_seconds) FROM last
            ON CONFLICT (task_id, desktop_id) DO UPDATE
            SET kind = excluded.kind, event_no = excluded.event_no, event_at = excluded.event_at,
                fire_at = excluded.fire_at, fired_at = NULL
            WHERE x.kind <> excluded.kind OR x.event_no < excluded.event_no
            """;

    private static final String LOCK_DUE =
            """
            SELECT id, project_id, request, armed_at, enable AND deleted_at IS NULL AS enabled FROM scheduled_tasks
            WHERE id IN (SELECT task_id FROM scheduled_task_triggers WHERE fired_at IS NULL AND fire_at <= $1)
            ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            """;

    /**
     * A desktop that has enrolled is waited for until its first hello. One that a task was fired for just now waits, so that
     * users who come and go all the time are not a firing each second; the gap is shorter than the shortest period. All that is
     * due of a task is one firing; what is due for longer than the task allows is one that says so. What was before the database
     * was restored from a backup may have been fired after that backup. Nodes of the version before write who is logged on, and
     * not that nobody is logged off any more. Firings are planned in the order of their priorities, and each later than the
     * task's firings before. {@link ConditionStore} says whether it still holds when a firing is started.
     */
    private static final String FIRE =
            """
            WITH task AS (
                SELECT * FROM unnest($9::uuid[], $10::text[], $11::bigint[], $12::integer[], $13::text[])
                    AS t (id, trigger, period_seconds, priority, request)
            ), lately AS (
                SELECT task_id, unnest(desktop_ids) AS desktop_id FROM scheduled_task_firings
                WHERE task_id = ANY ($8) AND planned_at > $7::timestamptz - interval '30 seconds'
                  AND planned_at < $7::timestamptz + interval '30 seconds'
            ), due AS (
                UPDATE scheduled_task_triggers x SET fired_at = $7
                WHERE x.task_id = ANY ($8) AND x.fired_at IS NULL AND x.fire_at <= $7
                  AND NOT EXISTS (SELECT FROM lately l WHERE l.task_id = x.task_id AND l.desktop_id = x.desktop_id)
                  AND NOT (x.kind = 'POST_CREATE_DESKTOP_SUCCESS'
                      AND EXISTS (SELECT FROM task t
                                  WHERE t.id = x.task_id AND x.fire_at + make_interval(secs => t.period_seconds) >= $7)
                      AND EXISTS (SELECT FROM desktops d
                                  WHERE d.id = x.desktop_id AND d.connected_at IS NULL AND d.deleted_at IS NULL))
                RETURNING x.task_id, x.desktop_id, x.kind, x.event_no, x.event_at, x.fire_at
            ), desk AS (
                SELECT id, project_id, pool_id, node_id, session_epoch, logged_off_at, attributes,
                       coalesce(host -> 'users', '[]') = '[]' AS nobody
                FROM desktops WHERE id IN (SELECT desktop_id FROM due) AND deleted_at IS NULL
            )"""
                    + MemberStore.MEMBER
                    + """
            , firing AS (
                SELECT t.id AS task_id, due.fire_at + make_interval(secs => t.period_seconds) < $7 AS missed,
                       array_agg(due.desktop_id ORDER BY due.desktop_id) AS desktop_ids
                FROM due JOIN task t ON t.id = due.task_id AND t.trigger = due.kind
                JOIN member m ON m.task_id = due.task_id AND m.desktop_id = due.desktop_id
                JOIN desk d ON d.id = due.desktop_id
                WHERE NOT EXISTS (SELECT FROM restores r WHERE r.restored_at >= due.event_at) AND CASE due.kind
                    WHEN 'POST_DESKTOP_DISCONNECTED' THEN d.logged_off_at = due.event_at AND d.nobody
                    WHEN 'POST_DESKTOP_CANNOT_CONNECT' THEN d.node_id IS NULL AND d.session_epoch = due.event_no
                    WHEN 'POST_REATTACH_DESKTOP_SUCCESS' THEN d.attributes ? 'user_name'
                    ELSE true END
                GROUP BY 1, 2
            )
            INSERT INTO scheduled_task_firings (task_id, planned_at, request, status, start_time, end_time, skip_num,
                                                desktop_ids, reason)
            SELECT t.id,
                   greatest($7::timestamptz + make_interval(secs => (t.priority + CASE WHEN missed THEN 100 ELSE 0 END) / 1e6),
                            (SELECT max(b.planned_at) FROM scheduled_task_firings b WHERE b.task_id = t.id)
                                + make_interval(secs => CASE WHEN missed THEN 2e-6 ELSE 1e-6 END)),
                   t.request::jsonb, CASE WHEN missed THEN 'SKIP' ELSE 'RUNNING' END, $7, CASE WHEN missed THEN $7::timestamptz END,
                   CASE WHEN missed THEN cardinality(desktop_ids) ELSE 0 END, desktop_ids,
                   CASE WHEN missed THEN 'nothing ran to fire it when it was due, or the desktop never connected, and its life_cycle_exec_period of '
                       || t.period_seconds / 60 || ' minutes is over: look whether it is still wanted' ELSE '' END
            FROM firing f JOIN task t ON t.id = f.task_id
            RETURNING task_id, status
            """;

    /** Not those of absences, which go on: their desktops have to come back first. */
    private static final String FORGET_FIRED =
            """
            DELETE FROM scheduled_task_triggers
            WHERE task_id = ANY ($1) AND fired_at IS NOT NULL AND kind <> 'POST_DESKTOP_CANNOT_CONNECT'
            """;

    private static final String DROP =
            """
            DELETE FROM scheduled_task_triggers x USING scheduled_tasks t
            WHERE x.task_id = ANY ($1) AND t.id = x.task_id
              AND (NOT t.enable OR t.deleted_at IS NOT NULL OR x.kind IS DISTINCT FROM t.life_cycle_type)
            """;

    private static final String DELAY =
            """
            UPDATE scheduled_task_triggers x
            SET fire_at = x.event_at + make_interval(mins => coalesce((t.request ->> 'wait_time')::integer, 0))
            FROM scheduled_tasks t
            WHERE x.task_id = ANY ($1) AND t.id = x.task_id AND x.fired_at IS NULL
              AND x.kind <> 'POST_DESKTOP_CANNOT_CONNECT'
            """;

    private static final String DROP_OF_DESKTOP = "DELETE FROM scheduled_task_triggers WHERE desktop_id = $1";

    /** Whether there is anything to do for each of the steps of a tick. */
    record Work(boolean events, boolean due, boolean watching) {}

    record Event(long no, UUID desktopId, Trigger trigger, Instant at) {}

    record Fired(UUID taskId, boolean missed) {}

    Future<Work> look(SqlClient client, Instant now) {
        return client.preparedQuery(LOOK)
                .execute(Tuple.of(Rows.utc(now)))
                .map(rows -> rows.iterator().next())
                .map(row -> new Work(row.getBoolean("events"), row.getBoolean("due"), row.getBoolean("watching")));
    }

    /** The oldest of what no other node is at; it is gone with the transaction. */
    Future<List<Event>> takeEvents(SqlClient client, int most) {
        return client.preparedQuery(TAKE_EVENTS).execute(Tuple.of(most)).map(rows -> {
            var events = new ArrayList<Event>(rows.size());
            for (Row row : rows) {
                Trigger.of(DesktopEventStore.Kind.valueOf(row.getString("kind")))
                        .ifPresent(trigger -> events.add(new Event(
                                row.getLong("no"),
                                row.getUUID("desktop_id"),
                                trigger,
                                row.getOffsetDateTime("at").toInstant())));
            }
            return events;
        });
    }

    /** The tasks that wait for such events in the projects of these desktops. */
    Future<List<Stored>> lockConcerned(SqlClient client, List<Event> events) {
        return client.preparedQuery(LOCK_CONCERNED)
                .execute(Tuple.tuple()
                        .addArrayOfString(events.stream()
                                .map(event -> event.trigger().name())
                                .distinct()
                                .toArray(String[]::new))
                        .addArrayOfUUID(ids(events, Event::desktopId)))
                .map(TriggerStore::stored);
    }

    /** Needs the locks of the tasks. */
    Future<Void> make(SqlClient client, List<Event> events, List<TriggeredTask> tasks) {
        Instant first = Collections.min(events, Comparator.comparing(Event::at)).at();
        return joinByHash(client).compose(set -> client.preparedQuery(MAKE)
                .execute(MemberStore.of(tasks)
                        .addArrayOfLong(events.stream().map(Event::no).toArray(Long[]::new))
                        .addArrayOfUUID(ids(events, Event::desktopId))
                        .addArrayOfString(texts(events, event -> event.trigger().name()))
                        .addArrayOfOffsetDateTime(Rows.utc(events, Event::at))
                        .addArrayOfUUID(ids(tasks, TriggeredTask::id))
                        .addArrayOfString(texts(tasks, task -> task.trigger().name()))
                        .addArrayOfOffsetDateTime(Rows.utc(tasks, TriggeredTask::armedAt))
                        .addArrayOfLong(seconds(tasks, task -> task.delay().toSeconds()))
                        .addOffsetDateTime(Rows.utc(first.minus(AFTERMATH))))
                .mapEmpty());
    }

    static Future<Void> joinByHash(SqlClient client) {
        return client.query(JOIN_BY_HASH).execute().mapEmpty();
    }

    /** The tasks that have triggers to fire and that nobody else is at. */
    Future<List<Stored>> lockDue(SqlClient client, Instant now) {
        return client.preparedQuery(LOCK_DUE).execute(Tuple.of(Rows.utc(now))).map(TriggerStore::stored);
    }

    static List<Stored> stored(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> new Stored(
                        row.getUUID("id"),
                        row.getString("project_id"),
                        row.getJsonObject("request"),
                        row.getOffsetDateTime("armed_at").toInstant(),
                        row.getBoolean("enabled")))
                .toList();
    }

    /**
     * Ends all that is due of the tasks that are held, and makes firings of it where the task may fire and it still holds.
     *
     * @param firing those of them that may fire
     */
    Future<List<Fired>> fire(SqlClient client, List<UUID> held, List<TriggeredTask> firing, Instant now) {
        return joinByHash(client)
                .compose(set -> client.preparedQuery(FIRE)
                        .execute(MemberStore.of(firing)
                                .addOffsetDateTime(Rows.utc(now))
                                .addArrayOfUUID(held.toArray(UUID[]::new))
                                .addArrayOfUUID(ids(firing, TriggeredTask::id))
                                .addArrayOfString(
                                        texts(firing, task -> task.trigger().name()))
                                .addArrayOfLong(
                                        seconds(firing, task -> task.period().toSeconds()))
                                .addArrayOfInteger(firing.stream()
                                        .map(TriggeredTask::priority)
                                        .toArray(Integer[]::new))
                                .addArrayOfString(
                                        texts(firing, task -> task.request().encode()))))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> new Fired(
                                row.getUUID("task_id"), row.getString("status").equals("SKIP")))
                        .toList())
                .compose(fired ->
                        client.preparedQuery(FORGET_FIRED).execute(array(held)).map(fired));
    }

    /** Tasks were changed or deleted, in this transaction: what waits goes, or waits as long as it has to now. */
    Future<Void> tasksChanged(SqlClient client, Collection<UUID> taskIds) {
        return client.preparedQuery(DROP)
                .execute(array(taskIds))
                .compose(dropped -> client.preparedQuery(DELAY).execute(array(taskIds)))
                .mapEmpty();
    }

    Future<Void> desktopGone(SqlClient client, UUID desktopId) {
        return client.preparedQuery(DROP_OF_DESKTOP)
                .execute(Tuple.of(desktopId))
                .mapEmpty();
    }

    private static Tuple array(Collection<UUID> ids) {
        return Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new));
    }

    static <T> UUID[] ids(List<T> all, Function<T, UUID> id) {
        return all.stream().map(id).toArray(UUID[]::new);
    }

    private static <T> Long[] seconds(List<T> all, Function<T, Long> seconds) {
        return all.stream().map(seconds).toArray(Long[]::new);
    }

    private static <T> String[] texts(List<T> all, Function<T, String> text) {
        return all.stream().map(text).toArray(String[]::new);
    }
}
