package io.deskwave.control.execution;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which tasks a list wants; null is no filter. Lists of ids hold those that can exist. */
record TaskFilter(
        @Nullable List<UUID> taskIds,
        @Nullable List<String> groupIds,
        @Nullable String groupType,
        @Nullable List<UUID> scriptIds,
        @Nullable String scriptName,
        @Nullable String status,
        @Nullable String taskType,
        @Nullable Instant after,
        @Nullable Instant before) {
    static final TaskFilter ALL = new TaskFilter(null, null, null, null, null, null, null, null, null);

    /** Whether the totals know how many there are. */
    boolean isTotalled() {
        return taskIds == null
                && scriptIds == null
                && scriptName == null
                && status == null
                && after == null
                && before == null;
    }

    boolean asksForGroups() {
        return groupIds != null || groupType != null;
    }

    /** Whether nothing but scripts and times leaves out tasks. */
    boolean asksForScriptsAndTimesAlone() {
        return taskIds == null && !asksForGroups() && status == null && taskType == null;
    }
}
