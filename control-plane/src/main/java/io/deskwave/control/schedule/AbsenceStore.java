package io.deskwave.control.schedule;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;

/**
 * Triggers of desktops that cannot connect: made when they have been away for long enough, once for each absence. Of one that
 * was sent away on purpose it is noted that there is nothing to fire.
 */
final class AbsenceStore {
    private static final String LOCK_WATCHING =
            """
            SELECT id, project_id, request, armed_at, true AS enabled FROM scheduled_tasks
            WHERE life_cycle_type = 'POST_DESKTOP_CANNOT_CONNECT' AND enable AND deleted_at IS NULL
            ORDER BY id FOR NO KEY UPDATE
            """;

    /**
     * Purpose: a stop or a hibernation that was done in the desktop's last session. Under way: it may be back any moment. The
     * history is read by scalar subqueries: they go by their indexes, whatever is set for the joins.
     */
    private static final String MAKE =
            """
            WITH task AS (
                SELECT * FROM unnest($7::uuid[], $8::text[], $9::timestamptz[], $10::timestamptz[])
                    AS t (id, project_id, armed_at, away_since)
            ), desk AS (
                SELECT id, project_id, pool_id, session_epoch, connected_at, last_seen_at, hibernated_at FROM desktops
                WHERE node_id IS NULL AND deleted_at IS NULL AND project_id = ANY ($8) AND id > $12
                  AND last_seen_at BETWEEN (SELECT min(armed_at) FROM task) AND (SELECT max(away_since) FROM task)
            )"""
                    + MemberStore.MEMBER
                    + """
            , away AS (
                SELECT t.id AS task_id, d.* FROM member m JOIN task t ON t.id = m.task_id JOIN desk d ON d.id = m.desktop_id
                WHERE d.last_seen_at BETWEEN t.armed_at AND t.away_since
                  AND NOT EXISTS (SELECT FROM scheduled_task_triggers x WHERE x.task_id = t.id AND x.desktop_id = d.id
                                    AND x.event_no = d.session_epoch AND x.kind = 'POST_DESKTOP_CANNOT_CONNECT')
                ORDER BY d.id FETCH FIRST $13 ROWS WITH TIES
            ), judged AS (
                SELECT a.*, EXISTS (SELECT FROM sub_jobs s WHERE s.desktop_id = a.id AND s.end_time IS NULL
                                      AND s.action IS NOT NULL AND s.action <> 'START')
                       OR coalesce(step.sent, false) AS under_way,
                       a.hibernated_at IS NOT NULL OR coalesce(step.stopped, false)
                       OR EXISTS (SELECT FROM sub_jobs s WHERE s.desktop_id = a.id AND s.action IN ('STOP', 'HIBERNATE')
                                    AND s.status = 'SUCCESS'
                                    AND greatest(s.ordered_epoch, s.accepted_epoch) >= a.session_epoch) AS on_purpose
                FROM away a LEFT JOIN LATERAL (
                    SELECT bool_or(r.pre_start_state = 'SENT' OR r.post_finish_state = 'SENT') AS sent,
                           bool_or(r.post_finish_state = 'DONE' AND r.end_time >= a.connected_at
                                   AND (SELECT k.post_finish FROM execution_tasks k WHERE k.id = r.task_id) = 'STOP')
                               AS stopped
                    FROM (SELECT task_id, pre_start_state, post_finish_state, end_time FROM execution_records
                          WHERE desktop_id = a.id ORDER BY queue_no DESC LIMIT 20) AS r) AS step ON true
            ), made AS (
                INSERT INTO scheduled_task_triggers AS x (task_id, desktop_id, kind, event_no, event_at, fire_at, fired_at)
                SELECT task_id, id, 'POST_DESKTOP_CANNOT_CONNECT', session_epoch, last_seen_at, $11::timestamptz,
                       CASE WHEN on_purpose THEN $11::timestamptz END
                FROM judged WHERE on_purpose OR NOT under_way
                ON CONFLICT (task_id, desktop_id) DO UPDATE
                SET kind = excluded.kind, event_no = excluded.event_no, event_at = excluded.event_at,
                    fire_at = excluded.fire_at, fired_at = excluded.fired_at
            )
            SELECT id, count(*) OVER () AS looked FROM away ORDER BY id DESC LIMIT 1
            """;

    /** A task for which those are away who were last seen before an instant. */
    record Watch(TriggeredTask task, Instant awaySince) {}

    Future<List<TriggeredTask.Stored>> lockWatching(SqlClient client) {
        return client.preparedQuery(LOCK_WATCHING).execute().map(TriggerStore::stored);
    }

    /**
     * Looks at so many desktops, in the order of their ids. Needs the locks of the tasks.
     *
     * @param after where to go on
     * @return the last one, where there may be more
     */
    Future<Optional<UUID>> make(SqlClient client, List<Watch> watches, Instant now, UUID after, int most) {
        List<TriggeredTask> tasks = watches.stream().map(Watch::task).toList();
        return TriggerStore.joinByHash(client)
                .compose(set -> client.preparedQuery(MAKE)
                        .execute(MemberStore.of(tasks)
                                .addArrayOfUUID(TriggerStore.ids(tasks, TriggeredTask::id))
                                .addArrayOfString(tasks.stream()
                                        .map(TriggeredTask::projectId)
                                        .toArray(String[]::new))
                                .addArrayOfOffsetDateTime(Rows.utc(tasks, TriggeredTask::armedAt))
                                .addArrayOfOffsetDateTime(Rows.utc(watches, Watch::awaySince))
                                .addOffsetDateTime(Rows.utc(now))
                                .addUUID(after)
                                .addInteger(most)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .filter(row -> row.getLong("looked") >= most)
                        .map(row -> row.getUUID("id"))
                        .findFirst());
    }
}
