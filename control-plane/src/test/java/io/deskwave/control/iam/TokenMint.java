package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/** Tokens with the signature of an installation, for anybody and of any age. */
public final class TokenMint {
    private static final Duration VALIDITY = Duration.ofHours(24);
    private static final String ALGORITHM = "HS256";

    private final JWTAuth jwt;

    private TokenMint(Vertx vertx, byte[] key) {
        this.jwt = JWTAuth.create(
                vertx,
                new JWTAuthOptions()
                        .addPubSecKey(new PubSecKeyOptions()
                                .setAlgorithm(ALGORITHM)
                                .setBuffer(HexFormat.of().formatHex(key))));
    }

    public static Future<TokenMint> of(Vertx vertx, Database database, Path masterKeyFile) {
        return InstallationKeys.load(database, MasterKey.loadOrCreate(masterKeyFile))
                .map(keys -> new TokenMint(vertx, keys.tokenKey()));
    }

    public String token(String userId, String projectId, Instant issuedAt) {
        return jwt.generateToken(
                new JsonObject()
                        .put("sub", userId)
                        .put("project", projectId)
                        .put("iat", issuedAt.getEpochSecond())
                        .put("exp", issuedAt.plus(VALIDITY).getEpochSecond()),
                new JWTOptions().setAlgorithm(ALGORITHM).setIssuer("deskwave").setNoTimestamp(true));
    }
}
