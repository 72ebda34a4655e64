package io.deskwave.control.iam;

import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/** Writes tokens, and reads those that it has written. */
final class TokenTexts {
    static final Duration VALIDITY = Duration.ofHours(24);
    private static final String ALGORITHM = "HS256";
    private static final String ISSUER = "deskwave";
    private static final String PROJECT = "project";
    private static final String GENERATION = "generation";
    private static final int LONGEST_TOKEN = 40_000;

    private final JWTAuth jwt;

    /** @param projectId empty for the account only */
    record Claims(String userId, String projectId, long generation, Instant issuedAt) {}

    TokenTexts(Vertx vertx, byte[] key) {
        // Only this algorithm has a key: a token that names another one finds none.
        this.jwt = JWTAuth.create(
                vertx,
                new JWTAuthOptions()
                        .setJWTOptions(new JWTOptions().setIssuer(ISSUER).setIgnoreExpiration(true))
                        .addPubSecKey(new PubSecKeyOptions()
                                .setAlgorithm(ALGORITHM)
                                .setBuffer(HexFormat.of().formatHex(key))));
    }

    String write(Claims claims) {
        return jwt.generateToken(
                new JsonObject()
                        .put("sub", claims.userId())
                        .put(PROJECT, claims.projectId())
                        .put(GENERATION, claims.generation())
                        .put("iat", claims.issuedAt().getEpochSecond())
                        .put("exp", claims.issuedAt().plus(VALIDITY).getEpochSecond()),
                new JWTOptions().setAlgorithm(ALGORITHM).setIssuer(ISSUER).setNoTimestamp(true));
    }

    /** Fails with {@link ApiException.Unauthorized} for what was not written here, and for what expired. */
    Future<Claims> read(String token, Instant now) {
        if (token.length() > LONGEST_TOKEN) {
            return Future.failedFuture(
                    new ApiException.Unauthorized("X-Auth-Token is longer than " + LONGEST_TOKEN + " characters"));
        }
        return jwt.authenticate(new TokenCredentials(token.strip()))
                .map(user -> user.attributes().getJsonObject("accessToken", new JsonObject()))
                .recover(cause -> Future.failedFuture(new ApiException.Unauthorized(
                        "X-Auth-Token is not a token of this server: get one from /v3/auth/tokens")))
                .map(claims -> claims(claims, now));
    }

    private static Claims claims(JsonObject claims, Instant now) {
        Instant expiresAt = Instant.ofEpochSecond(claims.getLong("exp", 0L));
        if (!now.isBefore(expiresAt)) {
            throw new ApiException.Unauthorized(
                    "X-Auth-Token expired at " + expiresAt + ": get a new one from /v3/auth/tokens");
        }
        return new Claims(
                claims.getString("sub", ""),
                claims.getString(PROJECT, ""),
                claims.getLong(GENERATION, 0L),
                Instant.ofEpochSecond(claims.getLong("iat", 0L)));
    }
}
