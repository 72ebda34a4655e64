package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.Page;
import io.deskwave.control.desktop.PlaceFilling;
import io.deskwave.control.desktop.PlaceTokens;
import io.deskwave.control.desktop.ProviderOrders;
import io.deskwave.control.http.ApiException;
import io.deskwave.protocol.Enrollment;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes, lists and revokes enrollment tokens. A secret leaves once, in the answer to who made it. */
public final class EnrollmentTokens implements PlaceTokens, ProviderOrders.Secrets {
    private static final int SECRET_BYTES = 32;
    private static final String FOREIGN_KEY_VIOLATION = "23503";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Database database;
    private final InstantSource clock;
    private final Supplier<String> endpoint;
    private final @Nullable String fingerprint;
    private final EnrollmentTokenStore store = new EnrollmentTokenStore();

    /**
     * @param endpoint where agents reach this control plane; asked for each token, since the port may not be known yet
     * @param fingerprint of the server's certificate, as {@link Enrollment.Token} has it
     */
    public EnrollmentTokens(
            Database database, InstantSource clock, Supplier<String> endpoint, @Nullable String fingerprint) {
        this.database = database;
        this.clock = clock;
        this.endpoint = endpoint;
        this.fingerprint = fingerprint;
    }

    /** @param text what a person copies to an agent */
    public record Created(EnrollmentToken token, String text) {
        @Override
        public String toString() {
            return "Created[" + token.id() + "]";
        }
    }

    public Future<Created> create(String projectId, EnrollmentToken.New wanted) {
        Instant expiresAt = wanted.expiresAt();
        if (expiresAt != null && !expiresAt.isAfter(clock.instant())) {
            throw new ApiException.BadRequest(
                    "expires_at " + expiresAt + " has passed: send a later instant, or leave it out for no expiry");
        }
        String secret = newSecret();
        String text = text(secret);
        return store.insert(database.client(), projectId, wanted, hash(secret))
                .map(token -> new Created(token, text))
                .recover(failure -> Future.failedFuture(poolMissing(failure, wanted.poolId())));
    }

    @Override
    public Future<List<Issued>> issue(
            SqlConnection tx, String projectId, @Nullable UUID poolId, List<String> descriptions, Instant expiresAt) {
        List<String> secrets =
                descriptions.stream().map(description -> newSecret()).toList();
        List<Buffer> hashes =
                secrets.stream().map(secret -> Buffer.buffer(hash(secret))).toList();
        return store.insertSingleUse(tx, projectId, poolId, descriptions, hashes, expiresAt)
                .map(ids -> secrets.stream()
                        .map(secret ->
                                new Issued(Objects.requireNonNull(ids.get(Buffer.buffer(hash(secret)))), text(secret)))
                        .toList());
    }

    /** Of a rebuild: it is kept with that, and lets in nobody but that desktop's new image. */
    @Override
    public ProviderOrders.Secret make() {
        String secret = newSecret();
        return new ProviderOrders.Secret(text(secret), Buffer.buffer(hash(secret)));
    }

    private static String newSecret() {
        byte[] random = new byte[SECRET_BYTES];
        RANDOM.nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    private String text(String secret) {
        return new Enrollment.Token(endpoint.get(), secret, fingerprint).encode();
    }

    Future<Page<EnrollmentToken>> list(String projectId, int limit, int offset) {
        return store.list(database.client(), projectId, limit, offset);
    }

    /** With the place that it lets a desktop into, when nobody has taken that. */
    Future<Void> revoke(String projectId, UUID id) {
        return database.inTransactionAgain(tx -> store.revoke(tx, projectId, id).compose(found -> {
            if (!found) {
                throw new ApiException.NotFound("there is no enrollment token " + id + " in this project");
            }
            return PlaceFilling.tokenRevoked(tx, id, clock.instant());
        }));
    }

    /** The tokens with these secrets, by these, locked until the transaction ends; revoked and expired ones too. */
    Future<Map<String, EnrollmentToken>> lock(SqlClient tx, Set<String> secrets) {
        Map<String, Buffer> hashes = new HashMap<>();
        secrets.forEach(secret -> hashes.put(secret, Buffer.buffer(hash(secret))));
        return store.lockByHashes(tx, hashes.values()).map(found -> {
            Map<String, EnrollmentToken> bySecret = new HashMap<>();
            hashes.forEach((secret, hash) -> bySecret.computeIfAbsent(secret, absent -> found.get(hash)));
            return bySecret;
        });
    }

    /** Counts uses of locked tokens. Fails when one does not allow so many. */
    Future<Void> use(SqlClient tx, Map<UUID, Integer> times) {
        return store.use(tx, times).map(used -> {
            if (used != times.size()) {
                throw new IllegalStateException("an enrollment token does not allow as many uses as it has places");
            }
            return null;
        });
    }

    private static Throwable poolMissing(Throwable failure, @Nullable UUID poolId) {
        boolean missing = failure instanceof PgException pg && FOREIGN_KEY_VIOLATION.equals(pg.getSqlState());
        return missing && poolId != null
                ? new ApiException.NotFound("there is no desktop pool " + poolId + " in this project")
                : failure;
    }

    static byte[] hash(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
