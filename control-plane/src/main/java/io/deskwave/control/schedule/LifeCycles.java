package io.deskwave.control.schedule;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** What can trigger a task, and what such a task may be. */
final class LifeCycles {
    static final String WAIT = "wait_time";
    static final String PERIOD = "life_cycle_exec_period";
    static final int DEFAULT_WAIT_MINUTES = 0;
    static final int DEFAULT_EXECUTION_MINUTES = 1440;

    private LifeCycles() {}

    /** By trigger; of one trigger when it is given. */
    static JsonObject configurations(Optional<String> trigger) {
        var configurations = new JsonObject();
        for (Trigger each : Trigger.values()) {
            if (trigger.isEmpty() || trigger.get().equals(each.name())) {
                configurations.put(each.name(), configuration(each));
            }
        }
        return configurations;
    }

    private static JsonObject configuration(Trigger trigger) {
        var actions = new JsonArray();
        trigger.actions().forEach(action -> actions.add(bounds().put("action", action.name())));
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
