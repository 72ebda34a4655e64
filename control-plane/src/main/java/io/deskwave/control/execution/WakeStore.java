package io.deskwave.control.execution;

import io.deskwave.control.desktop.WakeStory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Desktops that are off and wanted awake, the connected ones that can wake them, and what was tried. */
final class WakeStore {
    /**
     * Every start that is under way: a power action, or the step before an execution. Where there is a provider, it is asked
     * first, also for executions: then theirs are power actions too. One that does not answer in time does not keep others
     * from trying: a packet too many harms nobody. Of those that it failed at only those are left that others had begun with.
     */
    private static String starts(String now) {
        return """
            SELECT s.desktop_id, s.begin_time AS since
            FROM sub_jobs s LEFT JOIN provider_calls c ON c.sub_job_id = s.id
            WHERE s.end_time IS NULL AND s.action = 'START'
              AND (NOT EXISTS (SELECT FROM nodes n WHERE n.has_provider) OR c.result IN ('unsupported', 'failed')
                   OR c.result IS NULL AND s.begin_time <= %s::timestamptz - interval '30 seconds')
            UNION ALL
            SELECT w.desktop_id, w.deadline - make_interval(mins => t.start_timeout)
            FROM execution_tasks t
                JOIN execution_records r ON r.task_id = t.id AND r.status = 'WAITING' AND r.pre_start_state = 'PENDING'
                JOIN record_work w ON w.record_id = r.id AND w.open AND NOT w.busy
            WHERE t.pre_start = 'START' AND t.end_time IS NULL AND NOT EXISTS (SELECT FROM nodes n WHERE n.has_provider)
            """
                .formatted(now);
    }

    private static final String IS_ANY_WANTED = "SELECT EXISTS (" + starts("$1") + ")";

    /**
     * A portion of each network, those first that were tried least. Neighbours are of the same project; which of them send
     * changes each time, since one may be elsewhere in a network of the same name.
     */
    private static final String LIST_DUE =
            """
            WITH wanted AS MATERIALIZED (
                SELECT desktop_id, max(since) AS since FROM (%s) AS starts GROUP BY desktop_id
            ), due AS MATERIALIZED (
                SELECT d.id, d.project_id, wanted.since, n.mac, n.network,
                       CASE WHEN k.since >= wanted.since THEN k.attempts ELSE 0 END AS attempts
                FROM wanted
                    JOIN desktops d ON d.id = wanted.desktop_id AND d.node_id IS NULL AND d.deleted_at IS NULL
                    JOIN desktop_networks n ON n.desktop_id = d.id
                    LEFT JOIN desktop_wakes k ON k.desktop_id = d.id
                WHERE k.desktop_id IS NULL
                   OR k.last_at <= $2::timestamptz - interval '3 seconds'
                      AND (k.since < wanted.since OR k.attempts < $3 AND k.next_at <= $2)
            ), mine AS MATERIALIZED (
                SELECT d.project_id, n.network, d.id, d.session_epoch, d.computer_name,
                       row_number() OVER (PARTITION BY d.project_id, n.network ORDER BY md5(d.id::text || $4), n.mac) AS place
                FROM desktops d JOIN desktop_networks n ON n.desktop_id = d.id
                WHERE d.node_id = $1 AND 'wake_on_lan' = ANY (d.abilities)
                  AND (d.project_id, n.network) IN (SELECT project_id, network FROM due)
            ), chosen AS (
                SELECT due.*, row_number() OVER (PARTITION BY project_id, network ORDER BY attempts, since, id, mac) AS turn
                FROM due WHERE (project_id, network) IN (SELECT project_id, network FROM mine)
            )
            SELECT c.id, c.since, c.mac, c.network::text AS network, m.id AS sender_id, m.session_epoch,
                   left(m.computer_name, 60) AS sender_name
            FROM chosen c JOIN mine m ON m.project_id = c.project_id AND m.network = c.network AND m.place <= $5
            WHERE c.turn <= $6
            ORDER BY c.turn, c.id LIMIT $7
            """
                    .formatted(starts("$2"));

    /** Of several nodes that would wake a desktop at this moment one does. Every few seconds at first, then slower. */
    private static final String CLAIM =
            """
            INSERT INTO desktop_wakes AS k (desktop_id, since, attempts, last_at, next_at, senders)
            SELECT n.desktop_id, n.since, 1, $4::timestamptz, $4::timestamptz + interval '3 seconds',
                   ARRAY(SELECT jsonb_array_elements_text(n.senders::jsonb))
            FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS n (desktop_id, since, senders)
            ORDER BY n.desktop_id
            ON CONFLICT (desktop_id) DO UPDATE SET
                since = greatest(k.since, excluded.since), last_at = $4::timestamptz,
                attempts = CASE WHEN k.since < excluded.since THEN 1 ELSE k.attempts + 1 END,
                next_at = $4::timestamptz + make_interval(secs => least(60,
                    3 * power(1.5, CASE WHEN k.since < excluded.since THEN 0 ELSE k.attempts END))),
                senders = CASE WHEN k.since < excluded.since THEN excluded.senders
                    ELSE (ARRAY(SELECT DISTINCT unnest(k.senders || excluded.senders) ORDER BY 1))[1:5] END
            WHERE k.last_at <= $4::timestamptz - interval '3 seconds'
            RETURNING k.desktop_id
            """;

    private static final String TELL =
            """
            SELECT w.record_id, %s AS story
            FROM record_work w
                JOIN execution_records r ON r.id = w.record_id
                JOIN execution_tasks t ON t.id = w.task_id
            WHERE w.record_id = ANY ($1) AND NOT w.busy AND t.pre_start = 'START' AND r.pre_start_state = 'PENDING'
            """
                    .formatted(WakeStory.of("w.desktop_id", "w.deadline - make_interval(mins => t.start_timeout)"));

    /** A sleeper and one of those that are to wake it. */
    record Due(
            UUID desktopId,
            Instant since,
            String mac,
            String network,
            UUID senderId,
            long senderEpoch,
            String senderName) {}

    /** How much at a time, all told and of one network; how often all in all; and by how many. */
    record Bounds(int desktops, int ofNetwork, int attempts, int senders) {}

    Future<Boolean> isAnyWanted(SqlClient sql, Instant now) {
        return sql.preparedQuery(IS_ANY_WANTED)
                .execute(Tuple.of(utc(now)))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    Future<List<Due>> listDue(SqlClient sql, UUID nodeId, Instant now, Bounds bounds) {
        return sql.preparedQuery(LIST_DUE)
                .execute(Tuple.tuple()
                        .addUUID(nodeId)
                        .addOffsetDateTime(utc(now))
                        .addInteger(bounds.attempts())
                        .addString(now.toString())
                        .addInteger(bounds.senders())
                        .addInteger(bounds.ofNetwork())
                        .addInteger(bounds.desktops() * bounds.senders()))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> new Due(
                                row.getUUID("id"),
                                row.getOffsetDateTime("since").toInstant(),
                                row.getString("mac"),
                                row.getString("network"),
                                row.getUUID("sender_id"),
                                row.getLong("session_epoch"),
                                row.getString("sender_name")))
                        .toList());
    }

    /** Those that nobody else has just woken. */
    Future<Set<UUID>> claim(SqlClient sql, List<Due> due, Instant now) {
        Map<UUID, List<Due>> byDesktop = due.stream().collect(Collectors.groupingBy(Due::desktopId));
        List<List<Due>> desktops = List.copyOf(byDesktop.values());
        return sql.preparedQuery(CLAIM)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(desktops.stream()
                                .map(each -> each.get(0).desktopId())
                                .toArray(UUID[]::new))
                        .addArrayOfOffsetDateTime(desktops.stream()
                                .map(each -> utc(each.get(0).since()))
                                .toArray(OffsetDateTime[]::new))
                        .addArrayOfString(
                                desktops.stream().map(WakeStore::senders).toArray(String[]::new))
                        .addOffsetDateTime(utc(now)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> row.getUUID("desktop_id"))
                        .collect(Collectors.toSet()));
    }

    private static String senders(List<Due> ofDesktop) {
        return new JsonArray(ofDesktop.stream()
                        .map(Due::senderName)
                        .distinct()
                        .sorted()
                        .toList())
                .encode();
    }

    /** Of records whose desktops were to be started and are not online: what was tried, in words. */
    Future<Map<UUID, String>> tell(SqlClient sql, Collection<UUID> recordIds) {
        return sql.preparedQuery(TELL)
                .execute(Tuple.tuple().addArrayOfUUID(recordIds.toArray(UUID[]::new)))
                .map(rows -> {
                    Map<UUID, String> stories = new HashMap<>();
                    rows.forEach(row -> stories.put(row.getUUID("record_id"), row.getString("story")));
                    return stories;
                });
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
