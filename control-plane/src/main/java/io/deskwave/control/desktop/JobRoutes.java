package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.JobStore.Job;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The operation on jobs. A job has itself as its only sub-job. */
public final class JobRoutes {
    private final Database database;
    private final JobStore store;

    public JobRoutes(Database database, JobStore store) {
        this.database = database;
        this.store = store;
    }

    public void mount(Operations operations) {
        operations.on("ShowJob", this::show);
    }

    private Future<ApiAnswer> show(ApiCall call) {
        String id = call.path("job_id");
        return store.find(database.client(), call.projectId(), call.pathId("job_id", "job"))
                .map(found -> found.orElseThrow(
                        () -> new ApiException.NotFound("there is no job " + id + " in this project")))
                .map(job -> ApiAnswer.ok(view(job, call.projectId())));
    }

    private static JsonObject view(Job job, String projectId) {
        JsonObject subJob = common(job)
                .put("status", job.status().equals("FAIL") ? "FAILED" : job.status())
                .put("entities", job.entities())
                .put("project_id", projectId)
                .put("job_id", job.id().toString());
        return common(job)
                .put("status", job.status())
                .put("sub_jobs_total", 1)
                .put("sub_jobs", new JsonArray().add(subJob));
    }

    private static JsonObject common(Job job) {
        JsonObject common = new JsonObject()
                .put("id", job.id().toString())
                .put("job_type", job.jobType())
                .put("begin_time", DesktopView.MILLIS.format(job.beginTime()));
        if (job.endTime() != null) {
            common.put("end_time", DesktopView.MILLIS.format(job.endTime()));
        }
        return common;
    }
}
