package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;

/** Tokens as an installation issues them, for anybody and of any age. */
public final class TokenMint {
    private final Tokens tokens;

    private TokenMint(Tokens tokens) {
        this.tokens = tokens;
    }

    public static Future<TokenMint> of(Vertx vertx, Database database, Path masterKeyFile) {
        MasterKey masterKey = MasterKey.loadOrCreate(masterKeyFile);
        return InstallationKeys.load(database, masterKey)
                .map(keys -> new TokenMint(new Tokens(vertx, database, masterKey, keys, InstantSource.system())));
    }

    public String token(String userId, String projectId, Instant issuedAt) {
        return tokens.issue(userId, projectId, issuedAt);
    }
}
