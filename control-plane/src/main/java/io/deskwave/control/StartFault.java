package io.deskwave.control;

/** Why the control plane does not start, in one sentence that says what to do. For the operator, hence no stack trace. */
final class StartFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartFault(String message) {
        super(message, null, false, false);
    }
}
