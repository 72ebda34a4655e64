package io.deskwave.control.execution;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which records a list wants; null is no filter. */
record RecordFilter(
        @Nullable List<UUID> desktopIds,
        @Nullable List<String> groupIds,
        @Nullable List<UUID> scriptIds,
        @Nullable List<String> scriptNames,
        @Nullable String status,
        @Nullable Boolean isFirstOrder,
        @Nullable List<UUID> taskIds,
        @Nullable String taskType,
        boolean history,
        @Nullable Instant after,
        @Nullable Instant before) {
    static final RecordFilter ALL = new RecordFilter(null, null, null, null, null, null, null, null, false, null, null);

    /** Whether the totals know how many there are. */
    boolean isTotalled() {
        return desktopIds == null && taskIds == null && status == null && !asksForScripts() && !asksForTimes();
    }

    boolean asksForScripts() {
        return scriptIds != null || scriptNames != null;
    }

    boolean asksForTimes() {
        return after != null || before != null;
    }

    /** Whether nothing but desktops leaves out records. */
    boolean asksForDesktopsAlone() {
        return desktopIds != null
                && groupIds == null
                && status == null
                && isFirstOrder == null
                && taskIds == null
                && taskType == null
                && !asksForScripts()
                && !asksForTimes();
    }
}
