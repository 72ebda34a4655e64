package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Triggered tasks on real parts: a desktop that enrols, and one that goes away and comes back. */
final class TriggersIT {
    private static final Installation INSTALLATION = new Installation();

    @AfterAll
    static void stop() {
        INSTALLATION.close();
    }

    private static String task(String trigger, String command) {
        var params = new JsonObject().put("command_content", command).put("command_type", "SHELL");
        return INSTALLATION
                .call(
                        "POST",
                        "/scheduled-tasks",
                        new JsonObject()
                                .put("task_name", trigger)
                                .put("task_type", "EXECUTE_SCRIPT")
                                .put("scheduled_type", "LIFE_CYCLE")
                                .put("life_cycle_type", trigger)
                                .put("extra_params", params.encode())
                                .put(
                                        "apply_objects",
                                        new JsonArray().add(new JsonObject().put("object_type", "ALL_DESKTOPS"))))
                .getString("task_id");
    }

    private static List<JsonObject> records(String task) {
        return INSTALLATION
                .call("GET", "/scheduled-tasks/" + task + "/records?offset=0&limit=10", null)
                .getJsonArray("tasks_records")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static void awaitRecord(String task, String status, int seconds) {
        Eventually.holds(
                seconds,
                () -> records(task).stream().anyMatch(record -> status.equals(record.getString("status"))),
                () -> records(task) + INSTALLATION.controlPlane().err());
    }

    @Test
    void whoEnrolsIsGreetedAndWhoWasAwayIsSeenToWhenItIsBack() {
        String created = task("POST_CREATE_DESKTOP_SUCCESS", "echo welcome");
        String away = task("POST_DESKTOP_CANNOT_CONNECT", "echo back again");
        INSTALLATION.startAgent("desk-1");
        awaitRecord(created, "SUCCESS", 30);

        INSTALLATION.agent("desk-1").signal("TERM");
        INSTALLATION.agent("desk-1").awaitEnd(30);
        awaitRecord(away, "RUNNING", 150);
        INSTALLATION.startAgent("desk-1");
        awaitRecord(away, "SUCCESS", 30);
        assertThat(records(created)).hasSize(1);
        assertThat(records(away)).hasSize(1);
    }
}
