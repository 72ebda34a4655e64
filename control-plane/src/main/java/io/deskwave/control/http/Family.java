package io.deskwave.control.http;

import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/** Whose service an operation is part of: the failures of each look different, and the identity service's answers carry a trace id. */
enum Family {
    WORKSPACE,
    IAM,
    STS;

    static final String TRACE_ID = "X-IAM-Trace-Id";

    static Family of(@Nullable Object shape) {
        return "iam".equals(shape) ? IAM : "sts".equals(shape) ? STS : WORKSPACE;
    }

    void mark(HttpServerResponse response) {
        String id = response.headers().get(RequestId.HEADER);
        if (this == IAM && id != null) {
            response.putHeader(TRACE_ID, id);
        }
    }

    /** The security token service has codes of its own; which, is not published. */
    String code(int status, String usual) {
        return this == STS ? "STS5.0" + status : usual;
    }
}
