package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The request of a scheduled task: the vendor's fields with their defaults, checked as far as nothing has to be looked up.
 *
 * @param fields what is stored
 * @param scripts the scripts it names
 */
record TaskRequest(JsonObject fields, TaskType taskType, Timing timing, List<ApplyObject> objects, Set<UUID> scripts) {
    private static final List<String> MAY_BE_EMPTY = List.of(
            Timing.WEEK_LIST,
            Timing.MONTH_LIST,
            Timing.DATE_LIST,
            Timing.SCHEDULED_DATE,
            Timing.SCHEDULED_TIME,
            Timing.EXPIRE_TIME,
            Timing.TIME_ZONE,
            "description",
            ExtraParams.FIELD);
    private static final List<String> OF_THE_ANCHOR =
            List.of(Timing.SCHEDULED_TYPE, Timing.DAY_INTERVAL, Timing.SCHEDULED_TIME, Timing.TIME_ZONE);
    private static final List<String> OF_THE_TIMING = Stream.concat(
                    Stream.of(Timing.SCHEDULED_TYPE, Timing.TIME_ZONE, Timing.EXPIRE_TIME),
                    ScheduledType.fieldsOfSome().stream())
            .toList();
    private static final String UPDATE_TYPE = "apply_object_update_type";
    private static final String CLEAR_ALL = "CLEAR_ALL";
    private static final Set<String> NOT_STORED = Set.of(UPDATE_TYPE, Gray.IS_GRAY, ApplyObject.FIELD, "enable");

    static TaskRequest created(JsonObject body, Instant now) {
        JsonObject fields = tidy(body.copy());
        requireObjects(fields, "the task would do nothing");
        TaskRequest request = checked(fields, null, now);
        request.timing().requireFuture(now);
        return request;
    }

    /** What an update makes of a stored request; what it does not send stays as it is. */
    static TaskRequest updated(JsonObject stored, @Nullable LocalDate anchor, JsonObject body, Instant now) {
        JsonObject fields = stored.copy();
        String type = body.getString(Timing.SCHEDULED_TYPE);
        if (type != null && !type.equals(stored.getString(Timing.SCHEDULED_TYPE))) {
            ScheduledType.valueOf(type).fieldsToForget().forEach(fields::remove);
        }
        body.forEach(sent -> {
            if (!NOT_STORED.contains(sent.getKey())) {
                fields.put(sent.getKey(), sent.getValue());
            }
        });
        updateObjects(fields, body);
        updateGray(fields, body);
        JsonObject whole = tidy(fields);
        TaskRequest request = checked(whole, same(OF_THE_ANCHOR, stored, whole) ? anchor : null, now);
        if (!same(OF_THE_TIMING, stored, whole)) {
            request.timing().requireFuture(now);
        }
        return request;
    }

    private static TaskRequest checked(JsonObject fields, @Nullable LocalDate anchor, Instant now) {
        TaskType taskType = TaskType.valueOf(fields.getString("task_type"));
        putDefaults(fields);
        Timing timing = Timing.of(fields, anchor, now);
        if (timing.type() == ScheduledType.LIFE_CYCLE) {
            requireTriggerable(taskType, Trigger.valueOf(fields.getString("life_cycle_type")));
        }
        Gray.simplify(fields);
        Gray.check(taskType, fields);
        Set<UUID> scripts = ExtraParams.check(taskType, fields.getString(ExtraParams.FIELD));
        List<ApplyObject> objects = ApplyObject.list(fields);
        Gray.requireAmong(fields, objects);
        return new TaskRequest(fields, taskType, timing, objects, scripts);
    }

    private static void requireTriggerable(TaskType taskType, Trigger trigger) {
        if (!taskType.canBeTriggered()) {
            throw new ApiException.BadRequest("task_type " + taskType
                    + " does not go with scheduled_type LIFE_CYCLE: send STOP, REBOOT, HIBERNATE, EXECUTE_SCRIPT or"
                    + " CREATE_SNAPSHOT, or another scheduled_type");
        }
        if (!trigger.actions().contains(taskType)) {
            throw new ApiException.BadRequest("task_type " + taskType + " does not go with life_cycle_type " + trigger
                    + ", whose desktops are not there: send "
                    + trigger.actions().stream().map(Enum::name).collect(Collectors.joining(", ")));
        }
    }

    private static void putDefaults(JsonObject fields) {
        if (fields.getString("task_name").isBlank()) {
            throw new ApiException.BadRequest("task_name must be a text, not blanks");
        }
        putAbsent(fields, Timing.TIME_ZONE, Zones.WHEN_ABSENT);
        putAbsent(fields, "description", "");
        putAbsent(fields, "force_execute", false);
        if (ScheduledType.LIFE_CYCLE.name().equals(fields.getString(Timing.SCHEDULED_TYPE))) {
            putAbsent(fields, LifeCycles.WAIT, LifeCycles.DEFAULT_WAIT_MINUTES);
            putAbsent(fields, LifeCycles.PERIOD, LifeCycles.DEFAULT_EXECUTION_MINUTES);
        }
    }

    private static void putAbsent(JsonObject fields, String field, Object value) {
        if (!fields.containsKey(field)) {
            fields.put(field, value);
        }
    }

    /** An empty text counts as not sent; 3.0, which the document takes for a whole number, as 3. */
    static JsonObject tidy(JsonObject fields) {
        MAY_BE_EMPTY.stream().filter(field -> "".equals(fields.getValue(field))).forEach(fields::remove);
        for (String name : List.copyOf(fields.fieldNames())) {
            if (fields.getValue(name) instanceof Number number) {
                fields.put(name, number.intValue());
            }
        }
        return fields;
    }

    private static void updateObjects(JsonObject fields, JsonObject body) {
        boolean sent = !body.getJsonArray(ApplyObject.FIELD, new JsonArray()).isEmpty();
        if (CLEAR_ALL.equals(body.getString(UPDATE_TYPE))) {
            if (sent) {
                throw new ApiException.BadRequest(
                        "apply_objects does not go with CLEAR_ALL: leave it out, or send FULL_COVERAGE to replace the objects");
            }
            fields.put(ApplyObject.FIELD, new JsonArray());
        } else if (sent || body.containsKey(ApplyObject.FIELD) || body.containsKey(UPDATE_TYPE)) {
            requireObjects(body, "to empty the list send apply_object_update_type CLEAR_ALL");
            fields.put(ApplyObject.FIELD, body.getJsonArray(ApplyObject.FIELD));
        }
    }

    private static void requireObjects(JsonObject fields, String otherwise) {
        if (fields.getJsonArray(ApplyObject.FIELD, new JsonArray()).isEmpty()) {
            throw new ApiException.BadRequest("apply_objects is missing: send at least one object, such as"
                    + " {\"object_type\":\"DESKTOP\",\"object_id\":\"...\"}, or {\"object_type\":\"ALL_DESKTOPS\"}; "
                    + otherwise);
        }
    }

    private static void updateGray(JsonObject fields, JsonObject body) {
        Boolean wanted = body.getBoolean(Gray.IS_GRAY);
        if (Boolean.FALSE.equals(wanted)) {
            if (Gray.isWanted(body) || body.containsKey(Gray.THRESHOLD)) {
                throw new ApiException.BadRequest(
                        "is_gray is false, but a gray batch is sent: leave out gray_count, gray_desktop_ids and"
                                + " gray_fail_threshold, or send is_gray true");
            }
            Gray.FIELDS.forEach(fields::remove);
        }
        if (!Gray.isWanted(fields) && !body.containsKey(Gray.THRESHOLD)) {
            fields.remove(Gray.THRESHOLD);
        }
        if (Boolean.TRUE.equals(wanted) && !Gray.isWanted(fields)) {
            throw new ApiException.BadRequest(
                    "is_gray is true, but there is no gray batch: send gray_count or gray_desktop_ids");
        }
    }

    boolean hasTimingOf(JsonObject stored) {
        return same(OF_THE_TIMING, stored, fields);
    }

    private static boolean same(List<String> names, JsonObject a, JsonObject b) {
        return names.stream().allMatch(name -> Objects.equals(a.getValue(name), b.getValue(name)));
    }

    /** Each object once, named as it is called in the project. */
    TaskRequest with(List<ApplyObject> named) {
        JsonObject whole = fields.copy();
        var seen = new HashSet<String>();
        var json = new JsonArray();
        named.stream()
                .filter(object -> seen.add(object.type() + " " + object.id()))
                .forEach(object -> json.add(object.json()));
        whole.put(ApplyObject.FIELD, json);
        return new TaskRequest(whole, taskType, timing, named, scripts);
    }
}
