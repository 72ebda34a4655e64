package io.deskwave.control.schedule;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/** What can trigger a task, and what such a task may be. The same for all triggers. */
final class LifeCycles {
    static final String WAIT = "wait_time";
    static final String PERIOD = "life_cycle_exec_period";
    static final int DEFAULT_WAIT_MINUTES = 0;
    static final int DEFAULT_EXECUTION_MINUTES = 1440;
    private static final List<String> TRIGGERS = List.of(
            "POST_CREATE_DESKTOP_SUCCESS",
            "POST_REBUILD_DESKTOP_SUCCESS",
            "POST_REATTACH_DESKTOP_SUCCESS",
            "POST_DESKTOP_DISCONNECTED",
            "POST_DESKTOP_CANNOT_CONNECT");
    private static final List<TaskType> ACTIONS =
            List.of(TaskType.STOP, TaskType.HIBERNATE, TaskType.REBOOT, TaskType.EXECUTE_SCRIPT);

    private LifeCycles() {}

    /** By trigger; of one trigger when it is given. */
    static JsonObject configurations(Optional<String> trigger) {
        var configurations = new JsonObject();
        TRIGGERS.stream()
                .filter(name -> trigger.isEmpty() || trigger.get().equals(name))
                .forEach(name -> configurations.put(name, configuration()));
        return configurations;
    }

    private static JsonObject configuration() {
        var actions = new JsonArray();
        ACTIONS.forEach(action -> actions.add(bounds().put("action", action.name())));
        return bounds().put("support_exec_time", true).put("actions", actions);
    }

    private static JsonObject bounds() {
        return new JsonObject()
                .put("min_wait_time", 0)
                .put("default_wait_time", DEFAULT_WAIT_MINUTES)
                .put("min_exec_time", 1)
                .put("default_exec_time", DEFAULT_EXECUTION_MINUTES);
    }
}
