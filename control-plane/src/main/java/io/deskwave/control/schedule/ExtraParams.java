package io.deskwave.control.schedule;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Nearest;
import io.deskwave.control.http.Uuids;
import io.deskwave.control.http.Wording;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The JSON text that the vendor's requests carry in a string: what an EXECUTE_SCRIPT task runs, and what the others tell the
 * users of the desktops.
 */
final class ExtraParams {
    static final String FIELD = "extra_params";
    static final String NOTIFY_MESSAGE = "notify_message";
    /** How long the users have between the message and the action. */
    static final String NOTIFY_SECONDS = "notify_seconds";
    /** How long an action may take until it is proven. */
    static final String TIMEOUT = "timeout_minutes";

    static final int USUAL_NOTIFY_SECONDS = 60;
    static final String SCRIPT_IDS = "script_ids";
    static final String COMMAND_CONTENT = "command_content";
    static final String COMMAND_TYPE = "command_type";
    static final String EXECUTION_TIMEOUT = "execution_timeout";
    static final String PRE_START = "pre_start";
    static final String POST_FINISH = "post_finish";
    private static final Set<String> OF_SCRIPT_TASKS =
            Set.of(SCRIPT_IDS, COMMAND_CONTENT, COMMAND_TYPE, EXECUTION_TIMEOUT, PRE_START, POST_FINISH);
    private static final Set<String> OF_OTHER_TASKS = Set.of(NOTIFY_MESSAGE, NOTIFY_SECONDS, TIMEOUT);
    private static final List<String> SCRIPT_TYPES = List.of("POWERSHELL", "BAT", "SHELL");
    private static final int MOST_SCRIPTS = 100;
    private static final int MOST_MINUTES = 600;
    private static final int MOST_MESSAGE = 1000;
    private static final int MOST_NOTIFY_SECONDS = 3600;
    private static final int MOST_TIMEOUT_MINUTES = 1440;
    /** An image takes its time. */
    private static final int USUAL_LONG_TIMEOUT_MINUTES = 60;

    private static final int USUAL_TIMEOUT_MINUTES = 10;

    private ExtraParams() {}

    /** Checks the text for a type of task; answers the ids of the scripts that it names, which have to exist. */
    static Set<UUID> check(TaskType type, @Nullable String text) {
        boolean script = type == TaskType.EXECUTE_SCRIPT;
        if (text == null) {
            if (script) {
                throw bad(FIELD + " is missing: an EXECUTE_SCRIPT task needs what to run, such as"
                        + " \"{\\\"script_ids\\\":[\\\"...\\\"]}\" or command_content with command_type");
            }
            return Set.of();
        }
        JsonObject params = parse(text);
        refuseUnknown(type, params, script ? OF_SCRIPT_TASKS : OF_OTHER_TASKS);
        if (!script) {
            checkNotice(type, params);
            checkNumber(params, TIMEOUT, 1, MOST_TIMEOUT_MINUTES, "minutes");
            return Set.of();
        }
        checkNumber(params, EXECUTION_TIMEOUT, 0, MOST_MINUTES, "minutes");
        checkStep(params, PRE_START, Set.of("start", "reboot"));
        checkStep(params, POST_FINISH, Set.of("stop", "reboot"));
        return work(params);
    }

    /** Without what is null. */
    static JsonObject parse(String text) {
        try {
            if (Json.decodeValue(text) instanceof JsonObject params) {
                List<String> absent = params.fieldNames().stream()
                        .filter(name -> params.getValue(name) == null)
                        .toList();
                absent.forEach(params::remove);
                return params;
            }
        } catch (DecodeException e) {
            // Told below.
        }
        throw bad(FIELD + " must be a text that is a JSON object, such as \"{\\\"" + NOTIFY_MESSAGE
                + "\\\":\\\"...\\\"}\"");
    }

    private static void refuseUnknown(TaskType type, JsonObject params, Set<String> known) {
        for (String name : params.fieldNames()) {
            if (!known.contains(name)) {
                throw bad("unknown field '" + FIELD + "." + Wording.shortened(name) + "' for task_type " + type + ": "
                        + Nearest.to(name, known)
                                .map(nearest -> "did you mean " + nearest + "?")
                                .orElse("known are "
                                        + String.join(
                                                ", ", known.stream().sorted().toList())));
            }
        }
    }

    private static Set<UUID> work(JsonObject params) {
        boolean hasScripts = params.containsKey(SCRIPT_IDS);
        if (hasScripts == params.containsKey(COMMAND_CONTENT)) {
            throw bad(FIELD + " must say what to run: send either script_ids, or command_content with command_type");
        }
        if (hasScripts) {
            if (params.containsKey(COMMAND_TYPE)) {
                throw bad(FIELD + ".command_type goes with command_content: a script has its own type");
            }
            return scriptIds(params);
        }
        if (text(params, COMMAND_CONTENT).isBlank()) {
            throw bad(FIELD + ".command_content must be a text to run, not blanks");
        }
        if (!SCRIPT_TYPES.contains(text(params, COMMAND_TYPE))) {
            throw bad(FIELD + ".command_type must be one of " + String.join(", ", SCRIPT_TYPES));
        }
        return Set.of();
    }

    private static Set<UUID> scriptIds(JsonObject params) {
        if (!(params.getValue(SCRIPT_IDS) instanceof JsonArray ids) || ids.isEmpty() || ids.size() > MOST_SCRIPTS) {
            throw bad(FIELD + ".script_ids must be a list of 1 to " + MOST_SCRIPTS + " script ids");
        }
        var known = new LinkedHashSet<UUID>();
        for (Object id : ids) {
            if (!(id instanceof String name)) {
                throw bad(FIELD + ".script_ids must be a list of texts in quotes");
            }
            known.add(Uuids.parse(name).orElseThrow(() -> noScript(name)));
        }
        return known;
    }

    static ApiException noScript(Object id) {
        return bad(FIELD + ".script_ids: there is no script " + Wording.shortened(String.valueOf(id))
                + " in this project");
    }

    private static void checkNumber(JsonObject params, String field, int least, int most, String unit) {
        Object value = params.getValue(field);
        boolean good = value == null || (value instanceof Integer number && number >= least && number <= most);
        if (!good) {
            throw bad(FIELD + "." + field + " must be a whole number of " + unit + " from " + least + " to " + most);
        }
    }

    private static void checkNotice(TaskType type, JsonObject params) {
        String message = text(params, NOTIFY_MESSAGE);
        if (message.length() > MOST_MESSAGE || message.chars().anyMatch(ExtraParams::isUnfit)) {
            throw bad(FIELD + "." + NOTIFY_MESSAGE + " must be a text of at most " + MOST_MESSAGE
                    + " characters, without control characters other than line ends and tabs");
        }
        checkNumber(params, NOTIFY_SECONDS, 0, MOST_NOTIFY_SECONDS, "seconds");
        if (params.containsKey(NOTIFY_SECONDS) && message.isBlank()) {
            throw bad(FIELD + "." + NOTIFY_SECONDS + " goes with " + NOTIFY_MESSAGE
                    + ": send a message, or leave it out");
        }
        if (!message.isBlank() && !type.canBeAnnounced()) {
            throw bad(FIELD + "." + NOTIFY_MESSAGE + " does not go with task_type " + type
                    + ": users are told before STOP, REBOOT and HIBERNATE; leave it out");
        }
    }

    private static boolean isUnfit(int character) {
        return Character.isISOControl(character) && character != '\n' && character != '\r' && character != '\t';
    }

    static int usualTimeoutMinutes(TaskType type) {
        return type == TaskType.REBUILD || type == TaskType.CREATE_SNAPSHOT
                ? USUAL_LONG_TIMEOUT_MINUTES
                : USUAL_TIMEOUT_MINUTES;
    }

    private static void checkStep(JsonObject params, String field, Set<String> known) {
        if (params.containsKey(field) && !known.contains(text(params, field).toLowerCase(Locale.ROOT))) {
            throw bad(FIELD + "." + field + " must be one of "
                    + String.join(", ", known.stream().sorted().toList()));
        }
    }

    @CanIgnoreReturnValue
    private static String text(JsonObject params, String field) {
        Object value = params.getValue(field, "");
        if (!(value instanceof String text) || text.indexOf('\0') >= 0) {
            throw bad(FIELD + "." + field + " must be text in quotes, without the character U+0000");
        }
        return text;
    }

    private static ApiException bad(String message) {
        return new ApiException.BadRequest(message);
    }
}
