package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/** The one place that tells who sends a request. Everything that is not public stands behind it, live streams too. */
public interface Verifier {
    /** The caller named by the request's credentials; fails with {@link ApiException.Unauthorized}. */
    Future<Caller> verify(HttpServerRequest request);

    /**
     * What the head of a request tells, before anything of its body is read: fails as {@link #verify} does for who sends no
     * credentials or false ones. Only where the credentials cover the body, as a signature does, the claim is still open.
     */
    default Future<Claim> examine(HttpServerRequest request) {
        return verify(request).map(Claim::proven);
    }

    /** The same as {@link #verify} for a bare token: a WebSocket of a browser cannot send headers, so it comes in the first message. */
    Future<Caller> verifyToken(String token);

    /** The same caller with what they may do now; fails with {@link ApiException.Unauthorized} when that is nothing. */
    default Future<Caller> renew(Caller caller) {
        return Future.succeededFuture(caller);
    }

    /** What a refusal tells those who may read it: opaque for everybody else; empty when nobody can decode such messages. */
    default Optional<String> seal(Refusal refusal) {
        return Optional.empty();
    }

    /** Credentials that are good as far as the head of the request tells. */
    interface Claim {
        /** The caller, when the body is the one that was meant; else fails with {@link ApiException.Unauthorized}. */
        Future<Caller> prove(Buffer body);

        static Claim proven(Caller caller) {
            return body -> Future.succeededFuture(caller);
        }
    }
}
