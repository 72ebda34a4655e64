package io.deskwave.control.schedule;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A triggered task as its triggers need it.
 *
 * @param armedAt what was before does not count
 * @param period for so long after its wait an action may still begin
 * @param expiresAt null for never
 */
record TriggeredTask(
        UUID id,
        String projectId,
        Trigger trigger,
        JsonObject request,
        Instant armedAt,
        Duration delay,
        Duration period,
        int priority,
        @Nullable Instant expiresAt,
        List<ApplyObject> objects) {
    /** Of a task that has none: those that have one go before. */
    static final int LAST_PRIORITY = 50;

    TriggeredTask {
        objects = List.copyOf(objects);
    }

    /** As it is stored. */
    record Stored(UUID id, String projectId, JsonObject request, Instant armedAt, boolean enabled) {}

    /** Fails for what no version has checked. */
    static TriggeredTask of(Stored stored) {
        JsonObject request = stored.request();
        ZoneId zone = Zones.parse(Timing.TIME_ZONE, request.getString(Timing.TIME_ZONE, Zones.WHEN_ABSENT));
        String expiry = request.getString(Timing.EXPIRE_TIME);
        LocalDateTime expires = expiry == null ? null : LocalTimes.dateTime(Timing.EXPIRE_TIME, expiry);
        return new TriggeredTask(
                stored.id(),
                stored.projectId(),
                Trigger.valueOf(request.getString("life_cycle_type")),
                request,
                stored.armedAt(),
                Duration.ofMinutes(request.getInteger(LifeCycles.WAIT, LifeCycles.DEFAULT_WAIT_MINUTES)),
                Duration.ofMinutes(request.getInteger(LifeCycles.PERIOD, LifeCycles.DEFAULT_EXECUTION_MINUTES)),
                request.getInteger("priority", LAST_PRIORITY),
                expires == null ? null : Recurrence.instant(expires, zone),
                ApplyObject.list(request));
    }

    boolean isOver(Instant now) {
        return expiresAt != null && !expiresAt.isAfter(now);
    }
}
