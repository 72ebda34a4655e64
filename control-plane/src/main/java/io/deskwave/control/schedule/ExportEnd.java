package io.deskwave.control.schedule;

/** Why a file is not made to its end. Expected, so without a stack trace. */
abstract sealed class ExportEnd extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ExportEnd(String message) {
        super(message, null, false, false);
    }

    /** It would be too large; the message says what to do. */
    static final class TooLarge extends ExportEnd {
        private static final long serialVersionUID = 1L;

        TooLarge(String message) {
            super(message);
        }
    }

    /** Somebody else makes it now, or it was deleted. */
    static final class Lost extends ExportEnd {
        private static final long serialVersionUID = 1L;

        Lost() {
            super("somebody else makes it, or nobody wants it any more");
        }
    }

    /** This node is about to end. */
    static final class Stopped extends ExportEnd {
        private static final long serialVersionUID = 1L;

        Stopped() {
            super("this node ends");
        }
    }
}
