package io.deskwave.control.iam;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;

/** Hashes and checks passwords, on two threads of its own: a storm of logins must not take the other workers. */
final class Passwords {
    private static final int COST = 11;
    private static final int THREADS = 2;
    /** Checked when there is no such user, so that the time tells nothing; fits no password. */
    private static final String NOBODY = BCrypt.withDefaults().hashToString(COST, prepared("nobody's"));

    private final WorkerExecutor workers;

    Passwords(Vertx vertx) {
        this.workers = vertx.createSharedWorkerExecutor("passwords", THREADS);
    }

    Future<String> hash(String password) {
        return workers.executeBlocking(() -> BCrypt.withDefaults().hashToString(COST, prepared(password)), false);
    }

    /** Takes as long without a hash as with one. */
    Future<Boolean> matches(String password, Optional<String> hash) {
        return workers.executeBlocking(
                () -> BCrypt.verifyer().verify(prepared(password), hash.orElse(NOBODY)).verified && hash.isPresent(),
                false);
    }

    /** bcrypt looks at 72 bytes only: a digest makes every character of a long password count. */
    private static char[] prepared(String password) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(password.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest).toCharArray();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
