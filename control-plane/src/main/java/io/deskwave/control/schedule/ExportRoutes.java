package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Paging;
import io.deskwave.control.http.Uuids;
import io.deskwave.control.schedule.ExportStore.Filter;
import io.deskwave.control.schedule.ExportTask.Status;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The operations on exported files, in the vendor's words. */
public final class ExportRoutes {
    private static final int LIMIT_WHEN_ABSENT = 20;
    private static final UUID NOTHING = new UUID(0, 0);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Exports exports;

    public ExportRoutes(Exports exports) {
        this.exports = exports;
    }

    public void mount(Operations operations) {
        operations.on("ExportScheduledTasksRecords", this::export);
        operations.on("ListExportTasks", this::list);
        operations.onRaw("DownloadExportFile", this::download);
        operations.on("DeleteExportTasks", this::delete);
    }

    private Future<ApiAnswer> export(ApiCall call) {
        ZoneId zone = call.query("time_zone")
                .map(text -> Zones.parse("time_zone", text))
                .orElse(null);
        Instant from = call.queryInstant("execute_time_start").orElse(null);
        Instant until = call.queryInstant("execute_time_end").orElse(null);
        if (from != null && until != null && until.isBefore(from)) {
            throw new ApiException.BadRequest("execute_time_end must not be before execute_time_start");
        }
        var wish = new Exports.Wish(
                ExportFormat.valueOf(call.query("format").orElse("xlsx").toUpperCase(Locale.ROOT)),
                ExportLanguage.parse(call.query("language").orElse("en-us")),
                zone,
                from,
                until);
        return exports.create(call.projectId(), call.pathId("task_id", "scheduled task"), wish)
                .map(id -> ApiAnswer.ok(new JsonObject().put("task_id", id.toString())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        var filter = new Filter(
                call.query("file_name").orElse(null),
                call.query("task_id").map(id -> Uuids.parse(id).orElse(NOTHING)).orElse(null),
                call.query("status").map(Status::valueOf).orElse(null),
                call.queryFlag("is_download").orElse(null));
        boolean sorted =
                call.query("sort_field").isPresent() || call.query("sort_type").isPresent();
        boolean oldestFirst = sorted && !call.query("sort_type").orElse("ASC").equals("DESC");
        return exports.list(call.projectId(), filter, oldestFirst, Paging.of(call, LIMIT_WHEN_ABSENT))
                .map(page -> ApiAnswer.ok(
                        new JsonObject().put("export_tasks", rows(page.tasks())).put("count", page.total())));
    }

    private static JsonArray rows(List<ExportTask> tasks) {
        var rows = new JsonArray();
        tasks.forEach(task -> rows.add(row(task)));
        return rows;
    }

    private static JsonObject row(ExportTask task) {
        JsonObject json = new JsonObject()
                .put("task_id", task.id().toString())
                .put("file_name", task.fileName())
                .put("status", task.status().name())
                .put("create_time", TIME.format(task.createdAt()))
                .put("is_download", task.downloaded())
                .put("file_size", task.size());
        put(json, "end_time", task.endTime());
        put(json, "expire_time", task.expiresAt());
        if (task.failReason() != null) {
            json.put("fail_reason", task.failReason()).put("error_code", task.errorCode());
        }
        return json;
    }

    private static void put(JsonObject json, String name, @Nullable Instant time) {
        if (time != null) {
            json.put(name, TIME.format(time));
        }
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        List<String> ids = call.body().getJsonArray("task_ids").stream()
                .map(String::valueOf)
                .toList();
        return exports.delete(call.projectId(), ids).map(done -> ApiAnswer.empty());
    }

    private Future<Void> download(ApiCall call) {
        return exports.getReadable(call.projectId(), call.pathId("task_id", "export task"))
                .compose(
                        task -> new ExportDownload(exports, task, call.context().response()).send());
    }
}
