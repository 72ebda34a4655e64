package io.deskwave.control.desktop;

import io.deskwave.control.desktop.ProviderCall.Answer;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Calls of the provider in their rows. A row is there before the provider is started, and there is never a second one. */
final class ProviderStore {
    private static final String SAY_THERE_IS_ONE =
            "UPDATE nodes SET has_provider = true WHERE id = $1 AND NOT has_provider";

    /** Orders that nobody has taken to the provider yet; locked, those of others passed over. */
    private static final String OPEN =
            """
            SELECT s.id, s.desktop_id FROM sub_jobs s
            WHERE s.end_time IS NULL AND s.deadline > $1
              AND NOT EXISTS (SELECT FROM provider_calls c WHERE c.sub_job_id = s.id)
            """;

    /** Starts first: people wait for them, and they take moments where others take minutes. */
    private static final String CLAIM = "WITH starts AS MATERIALIZED (" + OPEN
            + """
                AND s.action = 'START'
                ORDER BY s.no LIMIT $3::integer FOR UPDATE OF s SKIP LOCKED
            ), others AS MATERIALIZED (
            """
            + OPEN
            + """
                AND s.action IN ('REBUILD', 'CREATE_SNAPSHOT')
                ORDER BY s.no LIMIT least($4::integer, $3::integer - (SELECT count(*) FROM starts)) FOR UPDATE OF s SKIP LOCKED
            ), due AS (
                SELECT * FROM starts UNION ALL SELECT * FROM others
            ), called AS (
                INSERT INTO provider_calls (sub_job_id, node_id, called_at, boot_id, called_epoch)
                SELECT due.id, $2, $1, d.boot_id, d.session_epoch FROM due JOIN desktops d ON d.id = due.desktop_id
                ON CONFLICT DO NOTHING
                RETURNING sub_job_id
            )
            UPDATE sub_jobs s SET status = 'RUNNING' FROM called WHERE s.id = called.sub_job_id
            RETURNING s.id
            """;

    private static final String AN_OPEN =
            """
            SELECT s.id, s.action, d.node_id IS NOT NULL AS online,
                   EXISTS (SELECT FROM desktop_wakes k WHERE k.desktop_id = d.id AND k.last_at >= s.begin_time) AS woken
            """;

    /**
     * When there is no provider anywhere, that stands as its answer; starts are left to others. Where there was one, it may be
     * that its node is just being started again.
     */
    private static final String CLAIM_UNPROVIDED = "WITH due AS MATERIALIZED (" + OPEN
            + """
                AND s.action IN ('REBUILD', 'CREATE_SNAPSHOT') AND NOT EXISTS (SELECT FROM nodes n WHERE n.has_provider)
                AND (s.begin_time + least(interval '1 minute', (s.deadline - s.begin_time) / 2) <= $1
                     OR NOT EXISTS (SELECT FROM provider_calls c WHERE c.node_id IS NOT NULL))
                ORDER BY s.no LIMIT $2 FOR UPDATE OF s SKIP LOCKED
            ), called AS (
                INSERT INTO provider_calls (sub_job_id, called_at, boot_id, called_epoch, answered_at, result)
                SELECT due.id, $1, d.boot_id, d.session_epoch, $1, 'unsupported'
                FROM due JOIN desktops d ON d.id = due.desktop_id
                ON CONFLICT DO NOTHING
                RETURNING sub_job_id
            )
            """
            + AN_OPEN
            + """
            FROM called JOIN sub_jobs s ON s.id = called.sub_job_id JOIN desktops d ON d.id = s.desktop_id
            """;

    private static final String FIND =
            """
            SELECT s.id, s.action, s.deadline, s.project_id, d.id AS desktop_id, d.computer_name, d.machine_id, d.host, d.pool_id,
                   d.attributes,
                   (SELECT jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) ORDER BY t.key)
                    FROM desktop_tags t WHERE t.desktop_id = d.id) AS tags
            FROM sub_jobs s JOIN desktops d ON d.id = s.desktop_id
            WHERE s.id = ANY ($1) ORDER BY s.no
            """;

    private static final String KEEP_SECRETS =
            """
            UPDATE provider_calls c SET secret_hash = n.hash FROM unnest($1::uuid[], $2::bytea[]) AS n (id, hash)
            WHERE c.sub_job_id = n.id
            """;

    private static final String LOCK_OPEN = AN_OPEN
            + """
            FROM sub_jobs s JOIN desktops d ON d.id = s.desktop_id
            WHERE s.id = $1 AND s.end_time IS NULL FOR UPDATE OF s
            """;

    private static final String ANSWER =
            """
            UPDATE provider_calls SET answered_at = $3, result = $4, message = $5
            WHERE sub_job_id = $1 AND node_id = $2 AND answered_at IS NULL
            """;

    /** It is somebody else's turn. */
    private static final String WAIT_AGAIN =
            "UPDATE sub_jobs SET status = 'WAITING' WHERE id = $1 AND end_time IS NULL";

    /**
     * An order that has not ended, with how its desktop stands.
     *
     * @param woken whether neighbours have tried to wake it since
     */
    record Open(UUID id, PowerOp op, boolean online, boolean woken) {}

    Future<Void> sayThereIsOne(SqlClient client, UUID nodeId) {
        return client.preparedQuery(SAY_THERE_IS_ONE).execute(Tuple.of(nodeId)).mapEmpty();
    }

    /**
     * Those that are this node's to call for from now on, so many at most.
     *
     * @param others how many of them may be other than starts
     */
    Future<List<UUID>> claim(SqlClient client, UUID nodeId, Instant now, int most, int others) {
        return client.preparedQuery(CLAIM)
                .execute(Tuple.of(JobStore.utc(now), nodeId, most, others))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> row.getUUID("id"))
                        .toList());
    }

    Future<List<Open>> claimUnprovided(SqlClient client, Instant now, int most) {
        return client.preparedQuery(CLAIM_UNPROVIDED)
                .execute(Tuple.of(JobStore.utc(now), most))
                .map(ProviderStore::open);
    }

    Future<List<ProviderCall>> find(SqlClient client, List<UUID> ids) {
        return client.preparedQuery(FIND)
                .execute(Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(ProviderStore::call)
                        .toList());
    }

    Future<Void> keepSecrets(SqlClient client, Map<UUID, Buffer> hashes) {
        List<UUID> ids = List.copyOf(hashes.keySet());
        return client.preparedQuery(KEEP_SECRETS)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(ids.toArray(UUID[]::new))
                        .addArrayOfBuffer(ids.stream().map(hashes::get).toArray(Buffer[]::new)))
                .mapEmpty();
    }

    /** Empty when it has ended. */
    Future<Optional<Open>> lockOpen(SqlClient client, UUID id) {
        return client.preparedQuery(LOCK_OPEN).execute(Tuple.of(id)).map(rows -> open(rows).stream()
                .findFirst());
    }

    Future<Void> answer(SqlClient client, UUID id, UUID nodeId, Answer answer, Instant now) {
        return client.preparedQuery(ANSWER)
                .execute(Tuple.of(
                        id,
                        nodeId,
                        JobStore.utc(now),
                        answer.result().name().toLowerCase(Locale.ROOT),
                        answer.message()))
                .mapEmpty();
    }

    Future<Void> waitAgain(SqlClient client, UUID id) {
        return client.preparedQuery(WAIT_AGAIN).execute(Tuple.of(id)).mapEmpty();
    }

    private static List<Open> open(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> new Open(
                        row.getUUID("id"),
                        PowerOp.valueOf(row.getString("action")),
                        row.getBoolean("online"),
                        row.getBoolean("woken")))
                .toList();
    }

    private static ProviderCall call(Row row) {
        return new ProviderCall(
                row.getUUID("id"),
                PowerOp.valueOf(row.getString("action")),
                row.getOffsetDateTime("deadline").toInstant(),
                row.getString("project_id"),
                row.getUUID("desktop_id"),
                row.getString("computer_name"),
                row.getString("machine_id"),
                Wire.fromJson(row.getJsonObject("host").encode(), HostInfo.class),
                row.getUUID("pool_id"),
                tags(row.getJsonArray("tags")),
                row.getJsonObject("attributes"),
                null);
    }

    private static List<Tag> tags(@Nullable JsonArray tags) {
        return tags == null
                ? List.of()
                : tags.stream()
                        .map(JsonObject.class::cast)
                        .map(tag -> new Tag(tag.getString("key"), tag.getString("value")))
                        .toList();
    }
}
