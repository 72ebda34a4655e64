package io.deskwave.protocol;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The JSON body of an answer that refuses an enrollment or a session, so that an agent knows which it was.
 *
 * A JSON text without a reason is none: proxies answer in JSON too.
 *
 * @param serverTime lets an agent with a wrong clock make a right assertion
 * @param retryAfterMillis when to try again; null where the reason is final
 */
public record Refusal(Reason reason, String message, Instant serverTime, @Nullable Long retryAfterMillis) {
    public Refusal {
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(serverTime, "serverTime");
        message = Objects.requireNonNullElse(message, "");
    }

    public enum Reason {
        /** Too many sessions are being opened: come back later. HTTP 503. */
        BUSY,
        /** The assertion's time is too far off: use the server's. HTTP 401. */
        CLOCK,
        /** The signature or the request is not right. HTTP 401 or 400. */
        INVALID,
        /** This desktop was deleted or its key revoked: final. HTTP 403. */
        REVOKED,
        /** No such desktop or enrollment token: final. HTTP 403. */
        UNKNOWN,
        /** The enrollment token has expired or is used up: final. HTTP 403. */
        EXPIRED,
        /** Another machine uses this identity, most likely a copied disk: enrol again. Final. HTTP 409. */
        CLONE,
        /** Another process with this identity is connected and alive: try again later. HTTP 409. */
        ALREADY_CONNECTED,
        /** The agent's protocol version is not served: final until one of both is updated. HTTP 426. */
        VERSION;

        /** Whether trying again without a person's help is pointless. */
        public boolean isFinal() {
            return this == REVOKED || this == UNKNOWN || this == EXPIRED || this == CLONE || this == VERSION;
        }
    }
}
