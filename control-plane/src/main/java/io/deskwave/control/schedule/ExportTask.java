package io.deskwave.control.schedule;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One file that somebody asked for.
 *
 * @param attempt how often somebody began to make it; only what the last one wrote counts
 * @param errorCode of a failure, else null
 * @param size in bytes; while it is made, of what is there so far
 */
record ExportTask(
        UUID id,
        ExportSpec spec,
        String fileName,
        Status status,
        @Nullable String failReason,
        @Nullable String errorCode,
        boolean downloaded,
        long size,
        int attempt,
        Instant createdAt,
        @Nullable Instant endTime,
        @Nullable Instant expiresAt) {
    enum Status {
        CREATING,
        SUCCESS,
        FAIL,
        EXPIRED
    }
}
