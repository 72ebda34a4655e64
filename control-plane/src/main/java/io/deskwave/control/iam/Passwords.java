package io.deskwave.control.iam;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Hashes and checks passwords, on two threads of its own: a storm of logins must not take the other workers. */
final class Passwords {
    private static final int COST = 11;
    private static final int THREADS = 2;
    /** Checked when there is no such user, so that the time tells nothing; fits no password. */
    private static final String NOBODY = BCrypt.withDefaults().hashToString(COST, prepared("nobody's"));

    /** Some seconds of work. */
    private static final int MOST_WAITING = 64;

    private static final int RETRY_SECONDS = 2;

    private final WorkerExecutor workers;
    private final int mostWaiting;
    private final AtomicInteger waiting = new AtomicInteger();

    Passwords(Vertx vertx) {
        this(vertx, MOST_WAITING);
    }

    Passwords(Vertx vertx, int mostWaiting) {
        this.mostWaiting = mostWaiting;
        this.workers = vertx.createSharedWorkerExecutor("passwords", THREADS);
    }

    Future<String> hash(String password) {
        return workers.executeBlocking(() -> BCrypt.withDefaults().hashToString(COST, prepared(password)), false);
    }

    /** Takes as long without a hash as with one. Fails with {@link ApiException.Unavailable} when too many wait already. */
    Future<Boolean> matches(String password, Optional<String> hash) {
        if (waiting.incrementAndGet() > mostWaiting) {
            waiting.decrementAndGet();
            return Future.failedFuture(
                    new ApiException.Unavailable("too many logins at this moment: try again", RETRY_SECONDS));
        }
        return workers.executeBlocking(
                        () -> BCrypt.verifyer().verify(prepared(password), hash.orElse(NOBODY)).verified
                                && hash.isPresent(),
                        false)
                .onComplete(checked -> waiting.decrementAndGet());
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
