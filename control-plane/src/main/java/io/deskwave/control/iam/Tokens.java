package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Caller;
import io.deskwave.control.http.Verifier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The one verifier: tokens that it issued itself, and requests signed with an access key. A token wins when both are there.
 * What the caller may do always comes from the database.
 */
public final class Tokens implements Verifier {
    static final Duration VALIDITY = Duration.ofHours(24);
    private static final String ALGORITHM = "HS256";
    private static final String ISSUER = "deskwave";
    private static final String PROJECT = "project";
    private static final int LONGEST_TOKEN = 40_000;

    private final JWTAuth jwt;
    private final AccessKeys accessKeys;
    private final Grants grants;
    private final InstantSource clock;

    public Tokens(Vertx vertx, Database database, MasterKey masterKey, InstallationKeys keys, InstantSource clock) {
        // Only this algorithm has a key: a token that names another one finds none.
        this.jwt = JWTAuth.create(
                vertx,
                new JWTAuthOptions()
                        .setJWTOptions(new JWTOptions().setIssuer(ISSUER).setIgnoreExpiration(true))
                        .addPubSecKey(new PubSecKeyOptions()
                                .setAlgorithm(ALGORITHM)
                                .setBuffer(HexFormat.of().formatHex(keys.tokenKey()))));
        IamStore store = new IamStore();
        this.accessKeys = new AccessKeys(database, store, masterKey);
        this.grants = new Grants(database, store, clock);
        this.clock = clock;
    }

    String issue(String userId, String projectId, Instant issuedAt) {
        return jwt.generateToken(
                new JsonObject()
                        .put("sub", userId)
                        .put(PROJECT, projectId)
                        .put("iat", issuedAt.getEpochSecond())
                        .put("exp", issuedAt.plus(VALIDITY).getEpochSecond()),
                new JWTOptions().setAlgorithm(ALGORITHM).setIssuer(ISSUER).setNoTimestamp(true));
    }

    @Override
    public Future<Caller> verify(HttpServerRequest request) {
        return examine(request).compose(claim -> claim.prove(Buffer.buffer()));
    }

    @Override
    public Future<Claim> examine(HttpServerRequest request) {
        String token = request.getHeader("X-Auth-Token");
        if (token != null && !token.isBlank()) {
            return verifyToken(token).map(Claim::proven);
        }
        String authorization = request.getHeader("Authorization");
        if (authorization == null || authorization.isBlank()) {
            return refuse("there are no credentials: send X-Auth-Token, or sign the request with an access key");
        }
        if (!authorization.startsWith(RequestSignature.SCHEME)) {
            return refuse("the Authorization scheme is not supported: use " + RequestSignature.SCHEME
                    + ", or send X-Auth-Token");
        }
        RequestSignature signature = RequestSignature.parse(authorization);
        return accessKeys.get(signature.accessKey()).map(key -> body -> verifySignature(signature, key, request, body));
    }

    @Override
    public Future<Caller> verifyToken(String token) {
        if (token.length() > LONGEST_TOKEN) {
            return refuse("X-Auth-Token is longer than " + LONGEST_TOKEN + " characters");
        }
        return jwt.authenticate(new TokenCredentials(token.strip()))
                .map(user -> user.attributes().getJsonObject("accessToken", new JsonObject()))
                .recover(cause -> refuse("X-Auth-Token is not a token of this server: get one from /v3/auth/tokens"))
                .compose(this::checkExpiry)
                .compose(claims ->
                        caller(claims.getString("sub", ""), Optional.of(claims.getString(PROJECT, "")), false));
    }

    private Future<JsonObject> checkExpiry(JsonObject claims) {
        Instant expiresAt = Instant.ofEpochSecond(claims.getLong("exp", 0L));
        return clock.instant().isBefore(expiresAt)
                ? Future.succeededFuture(claims)
                : refuse("X-Auth-Token expired at " + expiresAt + ": get a new one from /v3/auth/tokens");
    }

    private Future<Caller> verifySignature(
            RequestSignature signature, IamStore.AccessKey key, HttpServerRequest request, Buffer body) {
        RequestSignature.Request signed = new RequestSignature.Request(
                request.method().name(), request.uri(), request.headers(), body.getBytes());
        accessKeys.verify(key, signature, signed, clock.instant());
        return caller(key.userId(), wantedProject(request), true);
    }

    /** An access key is good for each project of its user: the request says which one it is about. */
    private static Optional<String> wantedProject(HttpServerRequest request) {
        String header = request.getHeader("X-Project-Id");
        if (header != null && !header.isBlank()) {
            return Optional.of(header);
        }
        String[] steps = request.path().split("/", 4);
        return steps.length > 2 ? Optional.of(steps[2]) : Optional.empty();
    }

    /** The wanted project, or another one of the user: the front door then says that this is the wrong one. */
    private Future<Caller> caller(String userId, Optional<String> projectId, boolean anyOther) {
        return grants.of(userId).compose(list -> pick(list, projectId, anyOther)
                .map(grant -> Future.succeededFuture(
                        new Caller(userId, grant.userName(), grant.projectId(), grant.permissions())))
                .orElseGet(() -> refuse("the user is disabled, or may do nothing in this project any more")));
    }

    private static Optional<IamStore.Grant> pick(
            List<IamStore.Grant> grants, Optional<String> projectId, boolean anyOther) {
        Predicate<IamStore.Grant> wanted =
                grant -> projectId.filter(grant.projectId()::equals).isPresent();
        return grants.stream()
                .filter(wanted)
                .findFirst()
                .or(() -> anyOther ? grants.stream().findFirst() : Optional.empty());
    }

    private static <T> Future<T> refuse(String message) {
        return Future.failedFuture(new ApiException.Unauthorized(message));
    }
}
