package io.deskwave.control.desktop;

import io.deskwave.control.desktop.PowerJobs.Action;
import io.deskwave.control.desktop.PowerJobs.Begun;
import io.deskwave.control.desktop.PowerJobs.Refused;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

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
        return new Action(
                PowerOp.parse(body.getString("op_type")),
                force,
                null,
                body.getInteger("timeout_minutes", TIMEOUT_MINUTES));
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

    static JsonObject view(Refused refused) {
        var view = new JsonObject().put("desktop_id", refused.desktopId());
        if (refused.desktopName() != null) {
            view.put("desktop_name", refused.desktopName());
        }
        return view.put("error_code", refused.code()).put("error_msg", refused.message());
    }
}
