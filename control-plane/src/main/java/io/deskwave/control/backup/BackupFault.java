package io.deskwave.control.backup;

/** Why there is no backup, or no restore, in one sentence that says what to do. For the operator, hence no stack trace. */
public final class BackupFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BackupFault(String message) {
        super(message, null, false, false);
    }
}
