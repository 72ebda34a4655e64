package io.deskwave.control.schedule;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A stored request plus when.
 *
 * @param request the vendor's fields; in lists without the objects and the gray desktops
 * @param anchor the day that the days of a DAY task are counted from
 * @param nextFiringAt null while it is disabled, triggered or over
 */
record ScheduledTask(
        UUID id,
        JsonObject request,
        boolean enable,
        @Nullable LocalDate anchor,
        @Nullable Instant nextFiringAt,
        @Nullable String lastStatus) {
    /** With the objects as they are named now. */
    ScheduledTask with(List<ApplyObject> objects) {
        var json = new JsonArray();
        objects.forEach(object -> json.add(object.json()));
        return new ScheduledTask(
                id, request.copy().put(ApplyObject.FIELD, json), enable, anchor, nextFiringAt, lastStatus);
    }
}
