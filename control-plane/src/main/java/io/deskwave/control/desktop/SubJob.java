package io.deskwave.control.desktop;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a job: a desktop, or a place that a desktop is to come into.
 *
 * @param desktopId null as long as there is no desktop
 * @param reason what was found or proven when it succeeded, what went wrong when it failed
 * @param attributes what the desktop of a place is given
 */
record SubJob(
        UUID id,
        UUID jobId,
        String projectId,
        String jobType,
        @Nullable UUID poolId,
        @Nullable UUID desktopId,
        String desktopName,
        @Nullable String ipAddress,
        Status status,
        Instant beginTime,
        @Nullable Instant endTime,
        @Nullable String errorCode,
        String reason,
        JsonObject attributes) {

    enum Status {
        WAITING,
        RUNNING,
        SUCCESS,
        FAILED
    }

    /** One that is to be made; what is done or refused at once is made as ended. */
    record New(
            UUID id,
            @Nullable UUID desktopId,
            String desktopName,
            Status status,
            @Nullable String errorCode,
            String reason,
            @Nullable PowerOrder power,
            @Nullable UUID tokenId,
            JsonObject attributes) {

        static New ofDesktop(UUID desktopId, String desktopName) {
            return new New(
                    UUID.randomUUID(), desktopId, desktopName, Status.WAITING, null, "", null, null, new JsonObject());
        }

        static New succeeded(@Nullable UUID desktopId, String desktopName, String reason) {
            return new New(
                    UUID.randomUUID(),
                    desktopId,
                    desktopName,
                    Status.SUCCESS,
                    null,
                    reason,
                    null,
                    null,
                    new JsonObject());
        }

        static New failed(@Nullable UUID desktopId, String desktopName, String errorCode, String reason) {
            return new New(
                    UUID.randomUUID(),
                    desktopId,
                    desktopName,
                    Status.FAILED,
                    errorCode,
                    reason,
                    null,
                    null,
                    new JsonObject());
        }

        static New ordered(UUID desktopId, String desktopName, PowerOrder power) {
            return new New(
                    UUID.randomUUID(), desktopId, desktopName, Status.WAITING, null, "", power, null, new JsonObject());
        }

        static New place(UUID id, String desktopName, UUID tokenId, JsonObject attributes) {
            return new New(id, null, desktopName, Status.WAITING, null, "", null, tokenId, attributes);
        }
    }

    /**
     * The boot and the session in which a power action was ordered.
     *
     * @param notice null when the users are told nothing
     */
    record PowerOrder(PowerOp op, boolean force, PowerJobs.@Nullable Notice notice, String bootId, long epoch) {}
}
