package io.deskwave.control.desktop;

import io.deskwave.control.desktop.Rebuilds.Rebuild;
import io.deskwave.control.desktop.Rebuilds.Rebuilt;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Rebuilds in the rows of their orders, and the identities that desktops get by them. */
final class RebuildStore {
    /** Until the deadline, since what counted as the proof may have been something else; but not after a later rebuild. */
    private static final String FIND =
            """
            SELECT c.secret_hash, c.sub_job_id, s.desktop_id, s.project_id,
                   s.deadline > $2 AND (s.end_time IS NULL OR s.status = 'SUCCESS') AND d.deleted_at IS NULL
                   AND NOT EXISTS (SELECT FROM sub_jobs l
                                   WHERE l.desktop_id = s.desktop_id AND l.action = 'REBUILD' AND l.no > s.no) AS open,
                   c.enrolled_epoch IS NOT NULL AS used
            FROM provider_calls c JOIN sub_jobs s ON s.id = c.sub_job_id JOIN desktops d ON d.id = s.desktop_id
            WHERE c.secret_hash = ANY ($1)
            """;

    /** Before the sub-jobs, as everybody does. */
    private static final String LOCK_DESKTOPS =
            "SELECT FROM desktops WHERE id = ANY ($1) AND deleted_at IS NULL ORDER BY id FOR UPDATE";

    private static final String LOCK = FIND + "ORDER BY s.id FOR UPDATE OF s";

    /** The session number goes on, so that nothing the old machine says counts any more. */
    private static final String REPLACE =
            """
            UPDATE desktops SET former_key = public_key, public_key = $2, machine_id = $3, host = ($4::text)::jsonb, boot_id = $5, node_id = NULL,
                   instance_id = NULL, hibernated_at = NULL, session_epoch = session_epoch + 1
            WHERE id = $1 AND deleted_at IS NULL
            RETURNING session_epoch
            """;

    private static final String USE = "UPDATE provider_calls SET enrolled_epoch = $2 WHERE sub_job_id = $1";

    /** When the node gives up a session whose machine is gone, at the latest. */
    private static final int GIVEN_UP_SECONDS = Protocol.SILENCE_SECONDS + 2 * Protocol.PING_SECONDS;

    /**
     * By the hello after the enrollment; or, where the new image kept the agent's identity, by one in another boot, when the
     * provider says that it has done it. The session may still be that of the old machine, which was switched on meanwhile and
     * is gone: it has to begin after the answer, or else to stand for so long after it that its node would have given it up.
     */
    private static final String SETTLE =
            """
            WITH proven AS (
                SELECT s.id FROM sub_jobs s JOIN provider_calls c ON c.sub_job_id = s.id JOIN desktops d ON d.id = s.desktop_id
                WHERE s.end_time IS NULL AND s.action = 'REBUILD' AND d.node_id IS NOT NULL
                  AND (d.session_epoch > c.enrolled_epoch
                       OR c.enrolled_epoch IS NULL AND c.result = 'done' AND d.session_epoch > c.called_epoch
                          AND d.boot_id <> c.boot_id
                          AND (d.connected_at > c.answered_at
                               OR EXISTS (SELECT FROM nodes n WHERE n.id = d.node_id
                                              AND n.seen_at > c.answered_at + make_interval(secs => $2))))
                ORDER BY s.id FOR UPDATE OF s SKIP LOCKED
            )
            UPDATE sub_jobs s SET status = 'SUCCESS', end_time = $1, reason = CASE
                WHEN c.enrolled_epoch IS NULL THEN 'the provider did it, and the desktop came back with another boot id'
                ELSE 'the desktop enrolled with its new image and came online' END
            FROM proven JOIN provider_calls c ON c.sub_job_id = proven.id
            WHERE s.id = proven.id
            RETURNING s.job_id, s.project_id, s.desktop_id
            """;

    /** By the hashes of their secrets, with their desktops; locked until the transaction ends. */
    Future<Map<Buffer, Rebuild>> lock(SqlClient client, Collection<Buffer> hashes, Instant now) {
        Tuple named =
                Tuple.tuple().addArrayOfBuffer(hashes.toArray(Buffer[]::new)).addOffsetDateTime(JobStore.utc(now));
        return client.preparedQuery(FIND).execute(named).compose(found -> {
            UUID[] desktops =
                    stream(found).map(row -> row.getUUID("desktop_id")).toArray(UUID[]::new);
            return desktops.length == 0
                    ? Future.succeededFuture(Map.of())
                    : client.preparedQuery(LOCK_DESKTOPS)
                            .execute(Tuple.tuple().addArrayOfUUID(desktops))
                            .compose(locked -> client.preparedQuery(LOCK).execute(named))
                            .map(RebuildStore::rebuilds);
        });
    }

    private static Map<Buffer, Rebuild> rebuilds(RowSet<Row> rows) {
        Map<Buffer, Rebuild> rebuilds = new HashMap<>();
        stream(rows)
                .forEach(row -> rebuilds.put(
                        row.getBuffer("secret_hash"),
                        new Rebuild(
                                row.getUUID("sub_job_id"),
                                row.getUUID("desktop_id"),
                                row.getString("project_id"),
                                row.getBoolean("open"),
                                row.getBoolean("used"))));
        return rebuilds;
    }

    /** The session number that was used up. Fails with a unique violation when the key is in use. */
    Future<Long> replace(SqlClient client, Rebuild rebuild, String publicKey, HostInfo said) {
        HostInfo host = IdentityStore.bounded(said);
        return client.preparedQuery(REPLACE)
                .execute(Tuple.of(rebuild.desktopId(), publicKey, host.machineId(), Wire.toJson(host), host.bootId()))
                .map(rows -> rows.iterator().next().getLong("session_epoch"))
                .compose(epoch -> client.preparedQuery(USE)
                        .execute(Tuple.of(rebuild.actionId(), epoch))
                        .map(epoch));
    }

    /** Ends those that are proven. */
    Future<List<Rebuilt>> settle(SqlClient client, Instant now) {
        return client.preparedQuery(SETTLE)
                .execute(Tuple.of(JobStore.utc(now), (double) GIVEN_UP_SECONDS))
                .map(rows -> stream(rows)
                        .map(row -> new Rebuilt(
                                row.getUUID("job_id"), row.getString("project_id"), row.getUUID("desktop_id")))
                        .toList());
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }
}
