package io.deskwave.control.db;

/** Why there is no usable database, in one sentence that says what to do. For the operator, hence no stack trace. */
public final class DatabaseFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DatabaseFault(String message) {
        super(message, null, false, false);
    }
}
