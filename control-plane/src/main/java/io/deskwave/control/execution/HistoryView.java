package io.deskwave.control.execution;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Rows as the API shows them. What is unknown is left out; ids are strings; times are ISO instants in UTC. */
public final class HistoryView {
    private HistoryView() {}

    /** A task of ListScriptTasks; in the live story without its targets' ids and its command. */
    public static JsonObject task(JsonObject row) {
        var json = new JsonObject()
                .put("id", row.getString("id"))
                .put("task_type", row.getString("task_type"))
                .put("task_scripts", row.getJsonArray("scripts", new JsonArray()))
                .put("resource_type", "DESKTOP")
                .put("gray_fail_threshold", row.getInteger("gray_fail_threshold"))
                .put("gate", row.getString("gate"))
                .put("resource_num", row.getInteger("targets"))
                .put("total_num", row.getInteger("total"))
                .put("success_num", row.getInteger("success_num"))
                .put("failed_num", row.getInteger("failed_num"))
                .put("skip_num", row.getInteger("skip_num"))
                .put("start_timeout", row.getInteger("start_timeout"))
                .put("execution_timeout", row.getInteger("execution_timeout"))
                .put("status", row.getString("status"))
                .put("create_time", row.getString("created_at"))
                .put("rule", rule(row));
        for (String field : new String[] {
            "start_time",
            "end_time",
            "command_content",
            "command_type",
            "resource_group_id",
            "resource_group_type",
            "pre_start",
            "post_finish",
            "gate_reason",
            "resource_ids",
            "gray_resource_ids"
        }) {
            copy(row, json, field);
        }
        return json;
    }

    /** A task of ShowDesktopPoolsScriptExecTasks, in that page's words. */
    static JsonObject poolTask(JsonObject row) {
        var json = new JsonObject()
                .put("id", row.getString("id"))
                .put("scripts", row.getJsonArray("scripts", new JsonArray()))
                .put("status", poolStatus(row.getString("status")))
                .put("success_num", row.getInteger("success_num"))
                .put("failed_num", row.getInteger("failed_num"))
                .put("skip_num", row.getInteger("skip_num"));
        copy(row, json, "command_content");
        copy(row, json, "command_type");
        if (row.containsKey("resource_group_id")) {
            json.put("desktop_pool_id", row.getString("resource_group_id"));
            json.put("desktop_pool_name", row.getString("resource_group_name"));
        }
        for (String time : new String[] {"start_time", "end_time"}) {
            if (row.containsKey(time)) {
                json.put(
                        time,
                        Instant.parse(row.getString(time))
                                .truncatedTo(ChronoUnit.SECONDS)
                                .toString());
            }
        }
        return json;
    }

    /** The status a filter means, in either vocabulary. */
    static String statusOf(String either) {
        return switch (either) {
            case "INIT" -> "WAITING";
            case "FINISH" -> "SUCCESS";
            default -> either;
        };
    }

    private static String poolStatus(String status) {
        return switch (status) {
            case "WAITING" -> "INIT";
            case "SUCCESS" -> "FINISH";
            default -> status;
        };
    }

    /** A record of ListScriptRecords, and the {@code record} event of the live story. */
    public static JsonObject record(JsonObject row) {
        var json = new JsonObject()
                .put("id", row.getString("id"))
                .put("script_task_id", row.getString("task_id"))
                .put("resource_id", row.getString("desktop_id"))
                .put("resource_name", row.getString("desktop_name"))
                .put("resource_type", "DESKTOP")
                .put("status", row.getString("status"))
                .put("execute_order", row.getInteger("batch"))
                .put("attempt", row.getInteger("attempt"))
                .put("reason", row.getString("reason"))
                .put("stdout_bytes", row.getLong("stdout_bytes"))
                .put("stderr_bytes", row.getLong("stderr_bytes"));
        for (String field : new String[] {
            "script_id",
            "script_name",
            "start_time",
            "end_time",
            "result_code",
            "exit_code",
            "command_content",
            "command_type",
            "late_result"
        }) {
            copy(row, json, field);
        }
        JsonArray steps = steps(row);
        return steps.isEmpty() ? json : json.put("steps", steps);
    }

    private static JsonArray steps(JsonObject row) {
        var steps = new JsonArray();
        for (String step : new String[] {"pre_start", "post_finish"}) {
            String state = row.getString(step + "_state");
            if (state != null) {
                var json = new JsonObject()
                        .put("step", step)
                        .put("action", row.getString(step).toLowerCase(Locale.ROOT))
                        .put("state", state);
                if (!row.getString("step_reason", "").isEmpty()) {
                    json.put("reason", row.getString("step_reason"));
                }
                steps.add(json);
            }
        }
        return steps;
    }

    private static String rule(JsonObject row) {
        int gray = row.getInteger("gray_targets");
        return GrayGate.rule(gray, row.getInteger("targets") - gray, row.getInteger("gray_fail_threshold"));
    }

    private static void copy(JsonObject from, JsonObject to, String field) {
        Object value = from.getValue(field);
        if (value != null && !"".equals(value)) {
            to.put(field, value);
        }
    }
}
