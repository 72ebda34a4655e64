package io.deskwave.control.desktop;

import io.deskwave.control.desktop.PowerPlan.Standing;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Power actions in their rows: the desktops that they are asked for, and what is to be told. */
public final class PowerStore {
    private static final String STANDINGS =
            """
            SELECT id, computer_name, node_id IS NOT NULL AS online, hibernated_at IS NOT NULL AS hibernated, boot_id,
                   session_epoch
            FROM desktops WHERE project_id = $1 AND deleted_at IS NULL
            """;

    /** In one order, so that two that ask for the same desktops do not wait for each other. */
    private static final String LOCK_IN_ORDER = " ORDER BY id FOR NO KEY UPDATE";

    private static final String FIND_STANDINGS = STANDINGS + "AND id = ANY ($2)" + LOCK_IN_ORDER;

    private static final String LIST_POOL_STANDINGS = STANDINGS + "AND pool_id = $2" + LOCK_IN_ORDER;

    /** What a node has to tell its agents: every order that they did not answer yet. */
    private static final String LIST_UNTOLD =
            """
            SELECT s.id, s.desktop_id, s.action, s.force, s.boot_id, s.begin_time, s.deadline, d.session_epoch,
                   s.notify_message, s.notify_seconds, 'power_notices' = ANY (d.abilities) AS tells
            FROM sub_jobs s JOIN desktops d ON d.id = s.desktop_id
            WHERE s.end_time IS NULL AND s.action IS NOT NULL AND s.action IN ('STOP', 'REBOOT', 'HIBERNATE') AND s.accepted_epoch IS NULL
              AND s.noted_epoch IS DISTINCT FROM d.session_epoch AND d.node_id = $1
            ORDER BY s.no LIMIT $2
            """;

    /**
     * An order that the agent did not answer yet.
     *
     * @param notice what the users are to be told before
     * @param tells whether the agent can tell them
     */
    public record Untold(
            UUID id,
            UUID desktopId,
            PowerOp op,
            boolean force,
            String bootId,
            Instant issuedAt,
            Instant expiresAt,
            long epoch,
            PowerJobs.@Nullable Notice notice,
            boolean tells) {}

    Future<List<Standing>> findStandings(SqlClient client, String projectId, List<UUID> ids) {
        return client.preparedQuery(FIND_STANDINGS)
                .execute(Tuple.of(projectId).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(PowerStore::standings);
    }

    Future<List<Standing>> listPoolStandings(SqlClient client, String projectId, UUID poolId) {
        return client.preparedQuery(LIST_POOL_STANDINGS)
                .execute(Tuple.of(projectId, poolId))
                .map(PowerStore::standings);
    }

    Future<List<Untold>> listUntold(SqlClient client, UUID nodeId, int most) {
        return client.preparedQuery(LIST_UNTOLD).execute(Tuple.of(nodeId, most)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> new Untold(
                        row.getUUID("id"),
                        row.getUUID("desktop_id"),
                        PowerOp.valueOf(row.getString("action")),
                        row.getBoolean("force"),
                        row.getString("boot_id"),
                        row.getOffsetDateTime("begin_time").toInstant(),
                        row.getOffsetDateTime("deadline").toInstant(),
                        row.getLong("session_epoch"),
                        notice(row),
                        row.getBoolean("tells")))
                .toList());
    }

    private static PowerJobs.@Nullable Notice notice(Row row) {
        String message = row.getString("notify_message");
        return message == null ? null : new PowerJobs.Notice(message, row.getInteger("notify_seconds"));
    }

    private static List<Standing> standings(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> new Standing(
                        row.getUUID("id"),
                        row.getString("computer_name"),
                        row.getBoolean("online"),
                        row.getBoolean("hibernated"),
                        row.getString("boot_id"),
                        row.getLong("session_epoch")))
                .collect(Collectors.toList());
    }
}
