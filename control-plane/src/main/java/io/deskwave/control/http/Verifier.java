package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** The one place that tells who sends a request. Everything that is not public stands behind it, live streams too. */
public interface Verifier {
    /** The caller named by the request's credentials; fails with {@link ApiException.Unauthorized}. */
    Future<Caller> verify(HttpServerRequest request);

    /** The same where the credentials may cover the body, as a signature does. */
    default Future<Caller> verify(HttpServerRequest request, Buffer body) {
        return verify(request);
    }

    /** The same for a bare token: a WebSocket of a browser cannot send headers, so it comes in the first message. */
    Future<Caller> verifyToken(String token);
}
