package io.deskwave.control.agent;

import io.deskwave.control.desktop.Page;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Enrollment tokens; of their secrets only the SHA-256. A revoked one stays, but is listed no more. */
final class EnrollmentTokenStore {
    private static final String COLUMNS =
            """
            SELECT id, project_id, pool_id, description, expires_at, max_uses, uses, revoked_at IS NOT NULL AS revoked,
                   created_at, secret_hash
            FROM enrollment_tokens
            """;

    private static final String INSERT =
            """
            INSERT INTO enrollment_tokens (project_id, pool_id, description, secret_hash, expires_at, max_uses)
            VALUES ($1, $2, $3, $4, $5, $6)
            RETURNING id, project_id, pool_id, description, expires_at, max_uses, uses, false AS revoked, created_at
            """;

    private static final String INSERT_SINGLE_USE =
            """
            INSERT INTO enrollment_tokens (project_id, pool_id, description, secret_hash, expires_at, max_uses)
            SELECT $1, $2, n.description, n.secret_hash, $3, 1
            FROM unnest($4::text[], $5::bytea[]) AS n (description, secret_hash)
            RETURNING id, secret_hash
            """;

    private static final String COUNT =
            "SELECT count(*) FROM enrollment_tokens WHERE project_id = $1 AND revoked_at IS NULL";

    private static final String LIST =
            COLUMNS + "WHERE project_id = $1 AND revoked_at IS NULL ORDER BY created_at, id LIMIT $2 OFFSET $3";

    private static final String REVOKE =
            """
            UPDATE enrollment_tokens SET revoked_at = now() WHERE project_id = $1 AND id = $2 AND revoked_at IS NULL
            """;

    /** Enrollments by one token go one after the other, so that two with the same key see each other. */
    private static final String LOCK_BY_HASHES = COLUMNS + "WHERE secret_hash = ANY ($1) ORDER BY id FOR UPDATE";

    private static final String USE =
            """
            UPDATE enrollment_tokens t SET uses = t.uses + used.times
            FROM unnest($1::uuid[], $2::integer[]) AS used (id, times)
            WHERE t.id = used.id AND t.revoked_at IS NULL AND (t.max_uses IS NULL OR t.uses + used.times <= t.max_uses)
            """;

    Future<EnrollmentToken> insert(SqlClient client, String projectId, EnrollmentToken.New token, byte[] secretHash) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(
                        projectId,
                        token.poolId(),
                        token.description(),
                        Buffer.buffer(secretHash),
                        utc(token.expiresAt()),
                        token.maxUses()))
                .map(rows -> tokens(rows).get(0));
    }

    /** The ids by the hashes. */
    Future<Map<Buffer, UUID>> insertSingleUse(
            SqlClient client,
            String projectId,
            @Nullable UUID poolId,
            List<String> descriptions,
            List<Buffer> secretHashes,
            Instant expiresAt) {
        return client.preparedQuery(INSERT_SINGLE_USE)
                .execute(Tuple.tuple()
                        .addString(projectId)
                        .addUUID(poolId)
                        .addOffsetDateTime(utc(expiresAt))
                        .addArrayOfString(descriptions.toArray(String[]::new))
                        .addArrayOfBuffer(secretHashes.toArray(Buffer[]::new)))
                .map(rows -> {
                    Map<Buffer, UUID> ids = new HashMap<>();
                    rows.forEach(row -> ids.put(row.getBuffer("secret_hash"), row.getUUID("id")));
                    return ids;
                });
    }

    Future<Page<EnrollmentToken>> list(SqlClient client, String projectId, int limit, int offset) {
        return client.preparedQuery(COUNT)
                .execute(Tuple.of(projectId))
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(total -> client.preparedQuery(LIST)
                        .execute(Tuple.of(projectId, limit, offset))
                        .map(rows -> new Page<>(total, tokens(rows))));
    }

    /** Whether there was such a token, and it was not revoked. */
    Future<Boolean> revoke(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(REVOKE).execute(Tuple.of(projectId, id)).map(result -> result.rowCount() == 1);
    }

    /** By their hashes, locked in one order until the transaction ends. */
    Future<Map<Buffer, EnrollmentToken>> lockByHashes(SqlClient client, Collection<Buffer> secretHashes) {
        return client.preparedQuery(LOCK_BY_HASHES)
                .execute(Tuple.tuple().addArrayOfBuffer(secretHashes.toArray(Buffer[]::new)))
                .map(rows -> {
                    Map<Buffer, EnrollmentToken> found = new HashMap<>();
                    rows.forEach(row -> found.put(row.getBuffer("secret_hash"), token(row)));
                    return found;
                });
    }

    /** Counts uses of locked tokens; the number of tokens that allowed it. */
    Future<Integer> use(SqlClient client, Map<UUID, Integer> times) {
        List<UUID> ids = List.copyOf(times.keySet());
        return client.preparedQuery(USE)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(ids.toArray(UUID[]::new))
                        .addArrayOfInteger(ids.stream().map(times::get).toArray(Integer[]::new)))
                .map(SqlResult::rowCount);
    }

    private static List<EnrollmentToken> tokens(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(EnrollmentTokenStore::token)
                .toList();
    }

    private static EnrollmentToken token(Row row) {
        return new EnrollmentToken(
                row.getUUID("id"),
                row.getString("project_id"),
                row.getUUID("pool_id"),
                row.getString("description"),
                instant(row.getOffsetDateTime("expires_at")),
                row.getInteger("max_uses"),
                row.getInteger("uses"),
                row.getBoolean("revoked"),
                row.getOffsetDateTime("created_at").toInstant());
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }
}
