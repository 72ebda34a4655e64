package io.deskwave.control.desktop;

import io.deskwave.control.desktop.JobListStore.Job;
import io.deskwave.control.desktop.SubJob.Status;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A job in the vendor's words: its ShowJobResponse and JobDetailInfo. Pure; what is not known is left out. */
final class JobView {
    private JobView() {}

    static JsonObject of(Job job, List<SubJob> subJobs) {
        var view = new JsonObject().put("id", job.id().toString()).put("job_type", job.jobType());
        times(view, job.beginTime(), job.endTime());
        view.put("status", status(job, subJobs));
        List<SubJob> failed = subJobs.stream()
                .filter(subJob -> subJob.status() == Status.FAILED)
                .toList();
        if (!failed.isEmpty()) {
            SubJob first = failed.get(0);
            view.put("job_error_code", errorCode(first))
                    .put(
                            "fail_reason",
                            failed.size() + " of " + subJobs.size() + " sub-jobs failed, the first of them because "
                                    + first.reason());
        }
        var list = new JsonArray();
        subJobs.forEach(subJob -> list.add(of(subJob)));
        return view.put("sub_jobs_total", subJobs.size()).put("sub_jobs", list);
    }

    /** Of a job that has not ended: whether anything has been begun. */
    private static String status(Job job, List<SubJob> subJobs) {
        if (job.endTime() != null) {
            return job.status();
        }
        return subJobs.stream().allMatch(subJob -> subJob.status() == Status.WAITING) ? "WAITING" : "RUNNING";
    }

    static JsonObject of(SubJob subJob) {
        var view = new JsonObject().put("id", subJob.id().toString()).put("job_type", subJob.jobType());
        view.put("entities", entities(subJob));
        times(view, subJob.beginTime(), subJob.endTime());
        view.put("status", subJob.status().name());
        if (subJob.status() == Status.FAILED) {
            view.put("error_code", errorCode(subJob)).put("fail_reason", subJob.reason());
        } else if (subJob.status() == Status.SUCCESS && !subJob.reason().isEmpty()) {
            view.put("success_result", subJob.reason());
        }
        view.put("project_id", subJob.projectId())
                .put("job_id", subJob.jobId().toString())
                .put("process", progress(subJob.status()));
        put(view, "attach_user", subJob.attributes().getString("user_name"));
        put(view, "ip_address", subJob.ipAddress());
        put(view, "entity", subJob.desktopId());
        put(view, "desktop_pool_id", subJob.poolId());
        return view;
    }

    private static JsonObject entities(SubJob subJob) {
        var entities = new JsonObject();
        put(entities, "desktop_id", subJob.desktopId());
        put(entities, "product_id", subJob.attributes().getString("product_id"));
        put(entities, "user_name", subJob.attributes().getString("user_name"));
        put(entities, "desktop_name", subJob.desktopName().isEmpty() ? null : subJob.desktopName());
        put(entities, "ip_address", subJob.ipAddress());
        return entities;
    }

    private static int progress(Status status) {
        return switch (status) {
            case WAITING -> 0;
            case RUNNING -> 50;
            case SUCCESS, FAILED -> 100;
        };
    }

    private static String errorCode(SubJob failed) {
        return Objects.requireNonNullElse(failed.errorCode(), "WKS.00211401");
    }

    private static void times(JsonObject view, Instant begin, @Nullable Instant end) {
        view.put("begin_time", DesktopView.MILLIS.format(begin));
        if (end != null) {
            view.put("end_time", DesktopView.MILLIS.format(end));
        }
    }

    private static void put(JsonObject view, String name, @Nullable Object value) {
        if (value != null) {
            view.put(name, value.toString());
        }
    }
}
