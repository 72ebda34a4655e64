package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** The operations on jobs and their sub-jobs. */
public final class JobRoutes {
    private static final int LIST_LIMIT = 1000;

    private final Jobs jobs;

    public JobRoutes(Jobs jobs) {
        this.jobs = jobs;
    }

    public void mount(Operations operations) {
        operations.on("ShowJob", this::show);
        operations.on("ListItaSubJobs", this::list);
        operations.on("BatchDeleteSubJobs", this::delete);
    }

    private Future<ApiAnswer> show(ApiCall call) {
        return jobs.get(call.projectId(), call.pathId("job_id", "job"))
                .map(shown -> ApiAnswer.ok(JobView.of(shown.job(), shown.subJobs())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        Optional<String> jobId = call.query("job_id");
        Optional<String> poolId = call.query("desktop_pool_id");
        if (isNoId(jobId) || isNoId(poolId)) {
            return Future.succeededFuture(answer(Page.empty()));
        }
        var filter = new JobListStore.Filter(
                call.query("status")
                        .map(status -> status.strip().toUpperCase(Locale.ROOT))
                        .orElse(null),
                jobId.flatMap(Uuids::parse).orElse(null),
                call.query("job_type").orElse(null),
                poolId.flatMap(Uuids::parse).orElse(null));
        int limit = call.queryNumber("limit", LIST_LIMIT);
        return jobs.list(call.projectId(), filter, limit, call.queryNumber("offset", 0))
                .map(JobRoutes::answer);
    }

    /** What is no UUID is no id of ours. */
    private static boolean isNoId(Optional<String> text) {
        return text.isPresent() && text.flatMap(Uuids::parse).isEmpty();
    }

    private static ApiAnswer answer(Page<SubJob> page) {
        var list = new JsonArray();
        page.rows().forEach(subJob -> list.add(JobView.of(subJob)));
        return ApiAnswer.ok(new JsonObject().put("total_count", page.total()).put("jobs", list));
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        JsonArray ids = call.body().getJsonArray("job_ids");
        String status = call.body().getString("delete_by_status");
        if ((ids == null) == (status == null)) {
            throw new ApiException.BadRequest(
                    "send job_ids, the ids of sub-jobs that have ended, or delete_by_status, SUCCESS or FAILED");
        }
        Future<Void> deleted = ids == null
                ? jobs.deleteByStatus(call.projectId(), ended(status))
                : jobs.deleteSubJobs(call.projectId(), ids(ids));
        return deleted.map(done -> ApiAnswer.empty());
    }

    private static String ended(String status) {
        String upper = status.strip().toUpperCase(Locale.ROOT);
        if (!List.of("SUCCESS", "FAILED").contains(upper)) {
            throw new ApiException.BadRequest("delete_by_status must be SUCCESS or FAILED, not '" + status + "'");
        }
        return upper;
    }

    private static List<UUID> ids(JsonArray ids) {
        return ids.stream()
                .map(String.class::cast)
                .distinct()
                .map(text -> Uuids.parse(text).orElseThrow(() -> Jobs.subJobNotFound(text)))
                .toList();
    }
}
