package io.deskwave.control.desktop;

import io.deskwave.control.desktop.PowerJobs.Action;
import io.deskwave.control.desktop.PowerJobs.Begun;
import io.deskwave.control.desktop.PowerJobs.Notice;
import io.deskwave.control.desktop.PowerJobs.Refused;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The power actions on desktops and on pools. */
public final class PowerRoutes {
    private static final int TIMEOUT_MINUTES = 10;

    private final PowerJobs power;

    public PowerRoutes(PowerJobs power) {
        this.power = power;
    }

    public void mount(Operations operations) {
        operations.on("BatchRunDesktops", this::run);
        operations.on("ExecuteDesktopPoolAction", this::runInPool);
    }

    private Future<ApiAnswer> run(ApiCall call) {
        List<String> ids = call.body().getJsonArray("desktop_ids").stream()
                .map(String.class::cast)
                .toList();
        return power.begin(call.projectId(), ids, action(call.body())).map(PowerRoutes::answer);
    }

    private Future<ApiAnswer> runInPool(ApiCall call) {
        return power.beginInPool(call.projectId(), call.pathId("pool_id", "desktop pool"), action(call.body()))
                .map(jobId -> ApiAnswer.ok(new JsonObject().put("job_id", jobId.toString())));
    }

    private static Action action(JsonObject body) {
        String type = body.getString("type", "SOFT");
        boolean force = type.equalsIgnoreCase("HARD");
        if (!force && !type.equalsIgnoreCase("SOFT")) {
            throw new ApiException.BadRequest("type must be SOFT or HARD, not '" + type + "'");
        }
        PowerOp op = PowerOp.parse(body.getString("op_type"));
        return new Action(op, force, notice(op, body), body.getInteger("timeout_minutes", TIMEOUT_MINUTES));
    }

    private static @Nullable Notice notice(PowerOp op, JsonObject body) {
        String message = body.getString("notify_message");
        int seconds = body.getInteger("notify_seconds", 0);
        if (message == null) {
            if (seconds > 0) {
                throw new ApiException.BadRequest("notify_seconds needs a notify_message that says what for");
            }
            return null;
        }
        if (message.isBlank() || message.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')) {
            throw new ApiException.BadRequest(
                    "notify_message must not be blank, and hold no control characters but newlines and tabs");
        }
        if (op == PowerOp.START) {
            throw new ApiException.BadRequest("notify_message is for stop, reboot and hibernation: nobody sits at a "
                    + "desktop that is to start");
        }
        return new Notice(message, seconds);
    }

    private static ApiAnswer answer(Begun begun) {
        var failed = new JsonArray();
        begun.refused().forEach(refused -> failed.add(view(refused)));
        var answer = new JsonObject().put("failed_operation_list", failed);
        if (begun.jobId() != null) {
            answer.put("job_id", begun.jobId().toString());
        }
        return ApiAnswer.ok(answer);
    }

    private static JsonObject view(Refused refused) {
        var view = new JsonObject().put("desktop_id", refused.desktopId());
        if (refused.desktopName() != null) {
            view.put("desktop_name", refused.desktopName());
        }
        return view.put("error_code", refused.code()).put("error_msg", refused.message());
    }
}
