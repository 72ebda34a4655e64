package io.deskwave.control.execution;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A record that is about to be changed, as it stands under its lock. */
record OpenRecord(
        UUID id,
        UUID taskId,
        UUID desktopId,
        long queueNo,
        int scriptIndex,
        int batch,
        RecordStatus status,
        int attempt,
        boolean busy,
        boolean stopRequested,
        @Nullable Instant deadline,
        List<Integer> successCodes) {
    OpenRecord {
        successCodes = List.copyOf(successCodes);
    }

    boolean isOverdue(Instant now) {
        return !status.ended() && deadline != null && deadline.isBefore(now);
    }
}
