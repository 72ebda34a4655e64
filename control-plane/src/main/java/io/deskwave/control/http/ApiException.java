package io.deskwave.control.http;

import java.util.Optional;

/**
 * A mistake of the caller, or a state the caller has to know of. Carries no stack trace: it is an answer, not a bug.
 * The front door turns it into the error body; the codes are the vendor's.
 */
public abstract sealed class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String code;

    private ApiException(int status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    public final int status() {
        return status;
    }

    public final String code() {
        return code;
    }

    /** 400: what was sent cannot be used. The message names the field and says what to send instead. */
    public static final class BadRequest extends ApiException {
        private static final long serialVersionUID = 1L;

        public BadRequest(String message) {
            super(400, "WKS.00211102", message);
        }
    }

    /** 401: nobody we know. */
    public static final class Unauthorized extends ApiException {
        private static final long serialVersionUID = 1L;

        public Unauthorized(String message) {
            super(401, "WKS.00211302", message);
        }
    }

    /** 403: somebody we know, who may not. */
    public static final class Forbidden extends ApiException {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // Never serialized.
        private final Optional<String> encoded;

        public Forbidden(String message) {
            this(message, Optional.empty());
        }

        /**
         * @param encoded the reason as {@link Verifier#seal} wrote it
         */
        public Forbidden(String message, Optional<String> encoded) {
            super(403, "WKS.00081102", message);
            this.encoded = encoded;
        }

        public Optional<String> encoded() {
            return encoded;
        }
    }

    /** 404: no such thing in this project. Things of other projects do not exist either. */
    public static final class NotFound extends ApiException {
        private static final long serialVersionUID = 1L;

        public NotFound(String message) {
            super(404, "WKS.00211902", message);
        }
    }

    /** 405: the path exists, the method does not. */
    public static final class MethodNotAllowed extends ApiException {
        private static final long serialVersionUID = 1L;

        public MethodNotAllowed(String message) {
            super(405, "WKS.00000405", message);
        }
    }

    /** 409: right in form, but not in the present state. */
    public static final class Conflict extends ApiException {
        private static final long serialVersionUID = 1L;

        public Conflict(String message) {
            super(409, "WKS.00211103", message);
        }
    }

    /** 413: the body is larger than the operation takes. */
    public static final class TooLarge extends ApiException {
        private static final long serialVersionUID = 1L;

        public TooLarge(String message) {
            super(413, "WKS.00211102", message);
        }
    }

    /** 503 with a positive Retry-After: not now. */
    public static final class Unavailable extends ApiException {
        private static final long serialVersionUID = 1L;
        private final int retryAfterSeconds;

        public Unavailable(String message, int retryAfterSeconds) {
            super(503, "WKS.00050902", message);
            this.retryAfterSeconds = Math.max(1, retryAfterSeconds);
        }

        public int retryAfterSeconds() {
            return retryAfterSeconds;
        }
    }
}
