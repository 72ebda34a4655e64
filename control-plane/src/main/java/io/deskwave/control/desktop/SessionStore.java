package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The sessions of desktops and the nodes that hold them. A session is fenced by its epoch: what an older one says of its
 * desktop changes nothing. Statements for many lock their rows in the order of the ids, so that no two wait for each other.
 */
public final class SessionStore {
    private static final String CONNECT =
            """
            WITH arrived AS (
                SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
                    AS a (id, host, boot_id, script_types, agent_version)
            ), locked AS (
                SELECT id FROM desktops WHERE id = ANY ($2) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE desktops d SET node_id = $1, session_epoch = d.session_epoch + 1, connected_at = now(),
                   last_seen_at = now(), hibernated_at = NULL, host = a.host::jsonb, boot_id = a.boot_id,
                   script_types = string_to_array(a.script_types, ','), agent_version = a.agent_version
            FROM locked JOIN arrived a ON a.id = locked.id
            WHERE d.id = locked.id
            RETURNING d.id, d.session_epoch
            """;

    private static final String DISCONNECT =
            """
            WITH locked AS (
                SELECT d.id FROM desktops d
                JOIN unnest($1::uuid[], $2::bigint[]) AS gone (id, epoch) ON gone.id = d.id
                WHERE d.session_epoch = gone.epoch AND d.node_id IS NOT NULL
                ORDER BY d.id FOR NO KEY UPDATE OF d
            )
            UPDATE desktops d SET node_id = NULL, last_seen_at = now() FROM locked WHERE d.id = locked.id
            RETURNING d.id, d.session_epoch
            """;

    private static final String UPDATE_HOSTS =
            """
            WITH said AS (
                SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) AS s (id, epoch, host, boot_id)
            ), locked AS (
                SELECT d.id FROM desktops d JOIN said ON said.id = d.id
                WHERE d.session_epoch = said.epoch AND d.node_id IS NOT NULL
                ORDER BY d.id FOR NO KEY UPDATE OF d
            )
            UPDATE desktops d SET host = said.host::jsonb, boot_id = said.boot_id, last_seen_at = now()
            FROM locked JOIN said ON said.id = locked.id
            WHERE d.id = locked.id
            RETURNING d.id, d.session_epoch
            """;

    private static final String NODE_SEEN =
            """
            INSERT INTO nodes (id, started_at, seen_at) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET seen_at = greatest(nodes.seen_at, excluded.seen_at)
            RETURNING xmax = 0 AS inserted
            """;

    private static final String RELEASE_NODE =
            """
            WITH gone AS (
                DELETE FROM nodes WHERE id = $1
            ), locked AS (
                SELECT id FROM desktops WHERE node_id = $1 ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE desktops d SET node_id = NULL, last_seen_at = now() FROM locked WHERE d.id = locked.id
            """;

    /**
     * A node without a row is dead too: it was released, woke up, and took sessions before it died for good. A desktop that
     * comes in meanwhile keeps its new node: the row is compared once more with what was found, under its lock. (An anti join
     * alone is not looked at again there.)
     */
    private static final String RELEASE_DEAD_NODES =
            """
            WITH gone AS (
                DELETE FROM nodes WHERE seen_at < $1 RETURNING id, seen_at
            ), lost AS MATERIALIZED (
                SELECT d.id, d.node_id, d.session_epoch FROM desktops d
                WHERE d.node_id IS NOT NULL
                  AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = d.node_id AND n.seen_at >= $1)
            ), locked AS (
                SELECT d.id, lost.node_id FROM desktops d
                JOIN lost ON d.id = lost.id AND d.node_id = lost.node_id AND d.session_epoch = lost.session_epoch
                ORDER BY d.id FOR NO KEY UPDATE OF d
            )
            UPDATE desktops d
            SET node_id = NULL,
                last_seen_at = greatest(d.last_seen_at, (SELECT gone.seen_at FROM gone WHERE gone.id = locked.node_id))
            FROM locked
            WHERE d.id = locked.id
            """;

    /** What a hello says of its desktop. */
    public record Arrival(UUID desktopId, HostInfo host, Set<ScriptType> scriptTypes, String agentVersion) {}

    /** @param epoch fences what older sessions of the same desktop say */
    public record Session(UUID desktopId, long epoch) {}

    public record HostChange(Session session, HostInfo host) {}

    /** Takes over to a node the sessions of those that were not deleted. No desktop twice. */
    public Future<Set<Session>> connect(SqlClient client, UUID nodeId, List<Arrival> arrivals) {
        List<HostInfo> hosts = arrivals.stream()
                .map(arrival -> HostInfoLimits.clean(arrival.host()))
                .toList();
        Tuple values = Tuple.of(nodeId)
                .addArrayOfUUID(ids(arrivals, Arrival::desktopId))
                .addArrayOfString(texts(hosts, Wire::toJson))
                .addArrayOfString(texts(hosts, HostInfo::bootId))
                .addArrayOfString(texts(arrivals, arrival -> names(arrival.scriptTypes())))
                .addArrayOfString(texts(arrivals, arrival -> HostInfoLimits.text(arrival.agentVersion())));
        return client.preparedQuery(CONNECT).execute(values).map(SessionStore::sessions);
    }

    /** Those that were their desktops' newest sessions and had not ended. */
    public Future<Set<Session>> disconnect(SqlClient client, List<Session> sessions) {
        Tuple values =
                Tuple.tuple().addArrayOfUUID(ids(sessions, Session::desktopId)).addArrayOfLong(epochs(sessions));
        return client.preparedQuery(DISCONNECT).execute(values).map(SessionStore::sessions);
    }

    /** Those that are their desktops' newest sessions and have not ended. No desktop twice. */
    public Future<Set<Session>> updateHosts(SqlClient client, List<HostChange> changes) {
        List<Session> sessions = changes.stream().map(HostChange::session).toList();
        List<HostInfo> hosts = changes.stream()
                .map(change -> HostInfoLimits.clean(change.host()))
                .toList();
        Tuple values = Tuple.tuple()
                .addArrayOfUUID(ids(sessions, Session::desktopId))
                .addArrayOfLong(epochs(sessions))
                .addArrayOfString(texts(hosts, Wire::toJson))
                .addArrayOfString(texts(hosts, HostInfo::bootId));
        return client.preparedQuery(UPDATE_HOSTS).execute(values).map(SessionStore::sessions);
    }

    /**
     * Says that a node is alive; a node says so before it takes its first session. True when it was not known: it is new,
     * or it was taken for dead and lost its sessions, which must be connected again.
     */
    public Future<Boolean> nodeSeen(SqlClient client, UUID nodeId, Instant startedAt, Instant now) {
        return client.preparedQuery(NODE_SEEN)
                .execute(Tuple.of(nodeId, utc(startedAt), utc(now)))
                .map(rows -> rows.iterator().next().getBoolean("inserted"));
    }

    /** Ends all sessions of a node that stops; the number of them. */
    public Future<Integer> releaseNode(SqlClient client, UUID nodeId) {
        return client.preparedQuery(RELEASE_NODE).execute(Tuple.of(nodeId)).map(SqlResult::rowCount);
    }

    /** Ends all sessions of the nodes that were not seen since then; the number of sessions. */
    public Future<Integer> releaseDeadNodes(SqlClient client, Instant notSeenSince) {
        return client.preparedQuery(RELEASE_DEAD_NODES)
                .execute(Tuple.of(utc(notSeenSince)))
                .map(SqlResult::rowCount);
    }

    private static Set<Session> sessions(RowSet<Row> rows) {
        Set<Session> sessions = new HashSet<>();
        rows.forEach(row -> sessions.add(new Session(row.getUUID("id"), row.getLong("session_epoch"))));
        return sessions;
    }

    private static <T> UUID[] ids(List<T> all, Function<T, UUID> id) {
        return all.stream().map(id).toArray(UUID[]::new);
    }

    private static Long[] epochs(List<Session> sessions) {
        return sessions.stream().map(Session::epoch).toArray(Long[]::new);
    }

    private static <T> String[] texts(List<T> all, Function<T, String> text) {
        return all.stream().map(text).toArray(String[]::new);
    }

    private static String names(Set<ScriptType> types) {
        Stream<String> names = types.stream().map(Enum::name).sorted();
        return names.collect(Collectors.joining(","));
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
