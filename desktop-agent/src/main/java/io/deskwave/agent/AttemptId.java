package io.deskwave.agent;

import java.util.UUID;

/** Names one attempt of one record; its text names the folder and marks the processes. */
record AttemptId(UUID recordId, int attempt) {
    @Override
    public String toString() {
        return recordId + "-" + attempt;
    }
}
