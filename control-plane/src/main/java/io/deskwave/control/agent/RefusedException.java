package io.deskwave.control.agent;

import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.Refusal.Reason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An enrollment or a session that is refused. Carries no stack trace: it is an answer, not a bug. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Refusal refusal;
    private final int httpStatus;

    private RefusedException(Refusal refusal, int httpStatus) {
        super(refusal.reason() + ": " + refusal.message(), null, false, false);
        this.refusal = refusal;
        this.httpStatus = httpStatus;
    }

    public static RefusedException of(Reason reason, String message, Instant now) {
        return new RefusedException(new Refusal(reason, message, now, null), status(reason));
    }

    /** INVALID as a matter of form: HTTP 400, where {@link #of} says 401. */
    public static RefusedException malformed(String message, Instant now) {
        return new RefusedException(new Refusal(Reason.INVALID, message, now, null), 400);
    }

    public static RefusedException busy(String message, long retryAfterMillis, Instant now) {
        return new RefusedException(new Refusal(Reason.BUSY, message, now, retryAfterMillis), 503);
    }

    public Refusal refusal() {
        return refusal;
    }

    public int httpStatus() {
        return httpStatus;
    }

    /** Whole seconds for {@code Retry-After}, at least one; null where there is nothing to wait for. */
    public @Nullable Long retryAfterSeconds() {
        Long millis = refusal.retryAfterMillis();
        return millis == null ? null : Math.max(1, (millis + 999) / 1000);
    }

    private static int status(Reason reason) {
        return switch (reason) {
            case BUSY -> 503;
            case CLOCK, INVALID -> 401;
            case REVOKED, UNKNOWN, EXPIRED -> 403;
            case CLONE, ALREADY_CONNECTED -> 409;
            case VERSION -> 426;
        };
    }
}
