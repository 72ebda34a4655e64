package io.deskwave.control.schedule;

/** What a scheduled task does to the desktops it applies to. */
enum TaskType {
    START,
    STOP,
    REBOOT,
    HIBERNATE,
    REBUILD,
    EXECUTE_SCRIPT,
    CREATE_SNAPSHOT;

    /** What somebody must be allowed to do now in order to have it done later. */
    String permission() {
        return switch (this) {
            case EXECUTE_SCRIPT -> "workspace:scripts:execute";
            case REBUILD -> "workspace:desktops:rebuild";
            case CREATE_SNAPSHOT -> "workspace:desktops:batchCreateSnapshots";
            case START, STOP, REBOOT, HIBERNATE -> "workspace:desktops:operate";
        };
    }

    /** A desktop that something has just happened to is not started or rebuilt. */
    boolean canBeTriggered() {
        return this != START && this != REBUILD;
    }

    /** Whether users are told before it. */
    boolean canBeAnnounced() {
        return this == STOP || this == REBOOT || this == HIBERNATE;
    }
}
