package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Wording;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** The gray batch of a request, with the rules for what goes together. */
final class Gray {
    static final String IS_GRAY = "is_gray";
    static final String COUNT = "gray_count";
    static final String IDS = "gray_desktop_ids";
    static final String THRESHOLD = "gray_fail_threshold";
    static final List<String> FIELDS = List.of(COUNT, IDS, THRESHOLD);

    private Gray() {}

    /** Takes out what says nothing: a count of 0, an empty list. */
    static void simplify(JsonObject fields) {
        if (fields.getInteger(COUNT, 0) == 0) {
            fields.remove(COUNT);
        }
        if (ids(fields).isEmpty()) {
            fields.remove(IDS);
        }
    }

    static boolean isWanted(JsonObject fields) {
        return fields.getInteger(COUNT, 0) > 0 || !ids(fields).isEmpty();
    }

    static List<String> ids(JsonObject fields) {
        var ids = new ArrayList<String>();
        fields.getJsonArray(IDS, new JsonArray()).forEach(id -> ids.add(String.valueOf(id)));
        return ids;
    }

    /** @param fields simplified */
    static void check(TaskType type, JsonObject fields) {
        for (String field : FIELDS) {
            if (fields.containsKey(field) && type != TaskType.EXECUTE_SCRIPT) {
                throw new ApiException.BadRequest(
                        field + " goes with task_type EXECUTE_SCRIPT alone: leave it out for " + type);
            }
        }
        Integer threshold = fields.getInteger(THRESHOLD);
        if (threshold == null) {
            return;
        }
        if (!isWanted(fields)) {
            throw new ApiException.BadRequest(
                    "gray_fail_threshold needs a gray batch: send gray_count or gray_desktop_ids too");
        }
        int size = fields.getInteger(COUNT, ids(fields).size());
        if (threshold > size) {
            throw new ApiException.BadRequest(
                    "gray_fail_threshold must be at most the size of the gray batch: send 1 to " + size + ", not "
                            + threshold);
        }
    }

    /** Where all that the task applies to is named one by one, the gray batch is some of it. */
    static void requireAmong(JsonObject fields, List<ApplyObject> objects) {
        boolean oneByOne = objects.stream().allMatch(object -> object.type() == ApplyObject.Type.DESKTOP);
        if (objects.isEmpty() || !oneByOne) {
            return;
        }
        for (String id : ids(fields)) {
            if (objects.stream().noneMatch(object -> object.id().equalsIgnoreCase(id))) {
                throw new ApiException.BadRequest("gray_desktop_ids: desktop " + Wording.shortened(id)
                        + " is not in apply_objects: name only desktops that the task applies to");
            }
        }
    }
}
