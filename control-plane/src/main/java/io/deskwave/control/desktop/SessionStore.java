package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of desktops. A session is fenced by its epoch: what an older one says of its
 * desktop changes nothing. Statements for many lock their rows in the order of the ids, so that no two wait for each other.
 */
public final class SessionStore {
    private static final List<String> ABILITIES = List.of(Protocol.POWER_NOTICES, Protocol.WAKE_ON_LAN);

    /** Where the agent has not looked yet, what was known of users stays. */
    private static final String USERS_OF =
            """
                       logged_on = coalesce(here.users, here.logged_on),
                       logged_off_at = CASE WHEN here.users THEN NULL WHEN NOT here.users AND here.logged_on THEN now()
                                            ELSE d.logged_off_at END
            """;

    private static final String TELL =
            """
            , told AS (
                INSERT INTO desktop_events (desktop_id, kind) SELECT id, 'LOGGED_OFF' FROM connected WHERE logged_off
            )
            """;

    /**
     * The key is that of the locked row: a rebuild may have given the desktop another since the agent proved that it has this
     * one. A desktop that was away for long and booted anew lost its users long ago: nothing happened to them now.
     */
    private static final String CONNECT =
            """
            WITH arrived AS (
                SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::boolean[],
                                     $9::text[], $10::text[])
                    AS a (id, host, boot_id, script_types, agent_version, instance_id, users, abilities, public_key)
            ), locked AS (
                SELECT id, node_id, logged_on, public_key,
                       coalesce(node_id IS NULL AND last_seen_at < now() - interval '10 minutes', false) AS long_away,
                       boot_id
                FROM desktops WHERE id = ANY ($2) AND deleted_at IS NULL
                ORDER BY id FOR NO KEY UPDATE
            ), here AS (
                SELECT a.*, locked.node_id AS left_node,
                       locked.logged_on AND NOT (locked.long_away AND locked.boot_id <> a.boot_id) AS logged_on
                FROM locked JOIN arrived a ON a.id = locked.id AND a.public_key = locked.public_key
            ), connected AS (
                UPDATE desktops d SET node_id = $1, instance_id = here.instance_id, session_epoch = d.session_epoch + 1,
                       connected_at = now(), last_seen_at = now(), hibernated_at = NULL, host = here.host::jsonb,
                       boot_id = here.boot_id, script_types = string_to_array(here.script_types, ','),
                       agent_version = here.agent_version, abilities = string_to_array(here.abilities, ','),
            """
                    + USERS_OF
                    + """
                FROM here WHERE d.id = here.id
                RETURNING d.id, d.session_epoch, here.left_node, here.logged_on AND NOT d.logged_on AS logged_off
            )"""
                    + TELL
                    + """
            SELECT id, session_epoch, left_node FROM connected
            """;

    private static final String FIND_NEWER =
            """
            SELECT d.id, d.session_epoch FROM desktops d
            JOIN unnest($1::uuid[], $2::bigint[]) AS mine (id, epoch) ON mine.id = d.id
            WHERE d.session_epoch > mine.epoch
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
                SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[])
                    AS s (id, epoch, host, boot_id, users)
            ), locked AS (
                SELECT d.id, d.logged_on FROM desktops d JOIN said ON said.id = d.id
                WHERE d.session_epoch = said.epoch AND d.node_id IS NOT NULL
                ORDER BY d.id FOR NO KEY UPDATE OF d
            ), here AS (
                SELECT said.*, locked.logged_on FROM locked JOIN said ON said.id = locked.id
            ), connected AS (
                UPDATE desktops d SET host = here.host::jsonb, boot_id = here.boot_id, last_seen_at = now(),
            """
                    + USERS_OF
                    + """
                FROM here WHERE d.id = here.id
                RETURNING d.id, d.session_epoch, here.logged_on AND NOT d.logged_on AS logged_off
            )"""
                    + TELL
                    + """
            SELECT id, session_epoch FROM connected
            """;

    /**
     * What a hello says of its desktop.
     *
     * @param publicKey that the agent proved to have
     * @param instanceId of the agent's process
     * @param abilities by name; those that nobody asks for are not kept
     */
    public record Arrival(
            UUID desktopId,
            String publicKey,
            UUID instanceId,
            HostInfo host,
            Set<ScriptType> scriptTypes,
            String agentVersion,
            Set<String> abilities) {
        /** Of an agent that can do nothing special. */
        public Arrival(
                UUID desktopId,
                String publicKey,
                UUID instanceId,
                HostInfo host,
                Set<ScriptType> scriptTypes,
                String agentVersion) {
            this(desktopId, publicKey, instanceId, host, scriptTypes, agentVersion, Set.of());
        }

        public Arrival {
            scriptTypes = Set.copyOf(scriptTypes);
            abilities = Set.copyOf(abilities);
        }
    }

    /** Sessions that have begun, and those of them whose desktops stood as connected until then. */
    public record Arrived(Set<Session> sessions, List<Moved> moved) {}

    /** @param from the node that held the session before, or holds it still */
    public record Moved(Session session, UUID from) {}

    /** @param epoch fences what older sessions of the same desktop say */
    public record Session(UUID desktopId, long epoch) {}

    public record HostChange(Session session, HostInfo host) {}

    /** Takes over to a node the sessions of those that were not deleted and have these keys. No desktop twice. */
    public Future<Arrived> connect(SqlClient client, UUID nodeId, List<Arrival> arrivals) {
        List<HostInfo> hosts = arrivals.stream()
                .map(arrival -> HostInfoLimits.clean(arrival.host()))
                .toList();
        Tuple values = Tuple.of(nodeId)
                .addArrayOfUUID(ids(arrivals, Arrival::desktopId))
                .addArrayOfString(texts(hosts, Wire::toJson))
                .addArrayOfString(texts(hosts, HostInfo::bootId))
                .addArrayOfString(texts(arrivals, arrival -> names(arrival.scriptTypes())))
                .addArrayOfString(texts(arrivals, arrival -> HostInfoLimits.text(arrival.agentVersion())))
                .addArrayOfUUID(ids(arrivals, Arrival::instanceId))
                .addArrayOfBoolean(users(hosts))
                .addArrayOfString(texts(arrivals, arrival -> known(arrival.abilities())))
                .addArrayOfString(texts(arrivals, Arrival::publicKey));
        return client.preparedQuery(CONNECT).execute(values).map(rows -> new Arrived(sessions(rows), moved(rows)));
    }

    private static List<Moved> moved(RowSet<Row> rows) {
        List<Moved> moved = new ArrayList<>();
        rows.forEach(row -> {
            UUID from = row.getUUID("left_node");
            if (from != null) {
                moved.add(new Moved(session(row), from));
            }
        });
        return moved;
    }

    /** Of these sessions' desktops those that have newer ones, or were deleted since, with the epochs of today. */
    public Future<Set<Session>> findNewer(SqlClient client, List<Session> sessions) {
        return client.preparedQuery(FIND_NEWER).execute(named(sessions)).map(SessionStore::sessions);
    }

    /** Those that were their desktops' newest sessions and had not ended. */
    public Future<Set<Session>> disconnect(SqlClient client, List<Session> sessions) {
        return client.preparedQuery(DISCONNECT).execute(named(sessions)).map(SessionStore::sessions);
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
                .addArrayOfString(texts(hosts, HostInfo::bootId))
                .addArrayOfBoolean(users(hosts));
        return client.preparedQuery(UPDATE_HOSTS).execute(values).map(SessionStore::sessions);
    }

    private static Set<Session> sessions(RowSet<Row> rows) {
        Set<Session> sessions = new HashSet<>();
        rows.forEach(row -> sessions.add(session(row)));
        return sessions;
    }

    private static Session session(Row row) {
        return new Session(row.getUUID("id"), row.getLong("session_epoch"));
    }

    private static Tuple named(List<Session> sessions) {
        return Tuple.tuple().addArrayOfUUID(ids(sessions, Session::desktopId)).addArrayOfLong(epochs(sessions));
    }

    private static <T> UUID[] ids(List<T> all, Function<T, UUID> id) {
        return all.stream().map(id).toArray(UUID[]::new);
    }

    private static Long[] epochs(List<Session> sessions) {
        return sessions.stream().map(Session::epoch).toArray(Long[]::new);
    }

    private static @Nullable Boolean[] users(List<HostInfo> hosts) {
        return hosts.stream().map(SessionStore::isLoggedOn).toArray(Boolean[]::new);
    }

    /** Null of an agent that has just started: it has not looked further than its first hello needs. */
    private static @Nullable Boolean isLoggedOn(HostInfo host) {
        boolean someone = !host.users().isEmpty();
        if (!someone && host.memoryBytes() == 0) {
            return null;
        }
        return someone;
    }

    private static <T> String[] texts(List<T> all, Function<T, String> text) {
        return all.stream().map(text).toArray(String[]::new);
    }

    private static String known(Set<String> abilities) {
        return ABILITIES.stream().filter(abilities::contains).collect(Collectors.joining(","));
    }

    private static String names(Set<ScriptType> types) {
        Stream<String> names = types.stream().map(Enum::name).sorted();
        return names.collect(Collectors.joining(","));
    }
}
