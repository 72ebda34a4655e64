package io.deskwave.control.schedule;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A firing that is written down and not started; held with its task until the transaction ends.
 *
 * @param request the task's request as it was at the planned instant
 * @param desktopIds of a triggered one, else null
 * @param enabled whether the task still is
 * @param afterRestore whether the database was restored since it was written down
 */
record WaitingFiring(
        UUID id,
        UUID taskId,
        String projectId,
        Instant plannedAt,
        JsonObject request,
        @Nullable List<UUID> desktopIds,
        boolean enabled,
        boolean deleted,
        boolean afterRestore,
        String createdBy) {
    WaitingFiring {
        desktopIds = desktopIds == null ? null : List.copyOf(desktopIds);
    }

    TaskType taskType() {
        return TaskType.valueOf(request.getString("task_type"));
    }

    boolean isForced() {
        return request.getBoolean("force_execute", false);
    }

    /** What came of it when it was to be started. */
    sealed interface Start {
        UUID firingId();

        record Execution(UUID firingId, UUID taskId) implements Start {}

        record Job(UUID firingId, UUID jobId) implements Start {}

        /** @param failed else it was skipped */
        record Nothing(UUID firingId, boolean failed, String reason) implements Start {}
    }

    Start skipped(String reason) {
        return new Start.Nothing(id, false, reason);
    }

    Start failed(String reason) {
        return new Start.Nothing(id, true, reason);
    }
}
