package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.deskwave.control.schedule.FiringStore.Firing;
import io.deskwave.control.schedule.FiringStore.OnDesktop;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Scheduled tasks and their records as the vendor's answers have them: times are those of the task's zone. */
final class ScheduledTaskView {
    private static final String NEXT = "next_execution_time";
    private static final List<String> OF_A_ROW = List.of(
            "task_name",
            "task_type",
            "scheduled_type",
            "life_cycle_type",
            "life_cycle_exec_period",
            "expire_time",
            "description",
            "priority",
            "time_zone",
            "wait_time",
            "extra_params");
    private static final List<String> OF_A_RECORD =
            List.of("task_type", "scheduled_type", "life_cycle_type", "time_zone", "expire_time", "extra_params");

    private ScheduledTaskView() {}

    /** A row of the list. */
    static JsonObject row(ScheduledTask task, Instant now) {
        JsonObject json =
                some(task.request(), OF_A_ROW).put("id", task.id().toString()).put("enable", task.enable());
        put(json, "last_status", task.lastStatus());
        Optional<Instant> next = next(task, now);
        next.ifPresent(instant -> {
            ZoneId zone = zone(task.request());
            json.put(NEXT, LocalTimes.text(instant, zone));
            json.put(NEXT + "_with_offset", LocalTimes.textWithOffset(instant, zone));
        });
        return next.isPresent() ? json : json.put("no_execution_reason", whyNever(task));
    }

    private static String whyNever(ScheduledTask task) {
        if (!task.enable()) {
            return "the task is disabled";
        }
        String trigger = task.request().getString("life_cycle_type");
        if (trigger != null) {
            return "it waits for " + trigger;
        }
        String expiry = task.request().getString(Timing.EXPIRE_TIME);
        return expiry == null ? "all its times are past" : "all its times up to expire_time " + expiry + " are past";
    }

    /** As it is stored, or from now on when that is just being fired. A task whose zone is no longer known spoils no list. */
    private static Optional<Instant> next(ScheduledTask task, Instant now) {
        if (task.nextFiringAt() == null || task.nextFiringAt().isAfter(now)) {
            return Optional.ofNullable(task.nextFiringAt());
        }
        try {
            return Timing.of(task.request(), task.anchor(), now).next(now);
        } catch (ApiException e) {
            return Optional.empty();
        }
    }

    /** Everything that was stored. */
    static JsonObject detail(ScheduledTask task) {
        JsonObject json = task.request().copy().put("id", task.id().toString());
        json.remove("priority");
        return json;
    }

    static JsonObject record(Firing firing) {
        JsonObject json = some(firing.request(), OF_A_RECORD)
                .put("id", firing.id().toString())
                .put("start_time", LocalTimes.text(firing.startTime(), zone(firing.request())))
                .put("planned_time", LocalTimes.textWithOffset(firing.plannedAt(), zone(firing.request())))
                .put("status", firing.status())
                .put("success_num", firing.successNum())
                .put("failed_num", firing.failedNum())
                .put("skip_num", firing.skipNum());
        put(
                json,
                "end_time",
                firing.endTime() == null ? null : LocalTimes.text(firing.endTime(), zone(firing.request())));
        put(json, "reason", firing.reason().isEmpty() ? null : firing.reason());
        put(json, "job_id", firing.jobId());
        if (firing.executionTaskId() != null) {
            json.put("execute_task_id", firing.executionTaskId().toString());
            firstObjectType(firing.request()).ifPresent(type -> json.put("execute_object_type", type));
        }
        return json;
    }

    private static Optional<String> firstObjectType(JsonObject request) {
        JsonArray objects = request.getJsonArray(ApplyObject.FIELD, new JsonArray());
        return objects.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(objects.getJsonObject(0).getString("object_type"));
    }

    static JsonObject onDesktop(Firing firing, OnDesktop row) {
        ZoneId zone = zone(firing.request());
        JsonObject json = new JsonObject()
                .put("id", row.id().toString())
                .put("record_id", firing.id().toString())
                .put("desktop_id", row.desktopId().toString())
                .put("desktop_name", row.desktopName())
                .put("exec_status", row.status())
                .put("time_zone", firing.request().getString("time_zone"));
        put(json, "exec_script_id", row.scriptId());
        put(json, "result_code", row.resultCode());
        boolean failed = row.status().equals("FAIL") || row.status().equals("SKIP");
        put(json, failed ? "fail_reason" : "reason", row.reason().isEmpty() ? null : row.reason());
        put(json, "start_time", row.startTime() == null ? null : LocalTimes.text(row.startTime(), zone));
        put(json, "end_time", row.endTime() == null ? null : LocalTimes.text(row.endTime(), zone));
        return json;
    }

    /** It was known when the request was stored; where it is no longer, times are those of UTC. */
    private static ZoneId zone(JsonObject request) {
        try {
            return Zones.parse(Timing.TIME_ZONE, Objects.requireNonNull(request.getString(Timing.TIME_ZONE)));
        } catch (ApiException e) {
            return ZoneOffset.UTC;
        }
    }

    private static JsonObject some(JsonObject request, List<String> names) {
        var json = new JsonObject();
        names.forEach(name -> put(json, name, request.getValue(name)));
        return json;
    }

    private static void put(JsonObject json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value instanceof UUID id ? id.toString() : value);
        }
    }
}
