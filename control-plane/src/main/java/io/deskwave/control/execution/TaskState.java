package io.deskwave.control.execution;

import java.util.UUID;

/** What decisions about a task need, as it stands under its lock. */
record TaskState(
        UUID id,
        Gate gate,
        int grayFailThreshold,
        int grayTotal,
        int grayEnded,
        int grayFailed,
        boolean hasPostFinish,
        int startTimeoutMinutes,
        int executionTimeoutMinutes) {
    /** NONE: one batch. */
    enum Gate {
        NONE,
        PENDING,
        OPEN,
        CLOSED
    }
}
