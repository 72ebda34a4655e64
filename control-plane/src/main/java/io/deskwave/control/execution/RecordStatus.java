package io.deskwave.control.execution;

/** Where a record stands. */
public enum RecordStatus {
    WAITING,
    RUNNING,
    SUCCESS,
    FAILED,
    SKIP;

    public boolean ended() {
        return this == SUCCESS || this == FAILED || this == SKIP;
    }
}
