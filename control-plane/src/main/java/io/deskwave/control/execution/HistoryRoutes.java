package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.ReadingLoop;
import io.deskwave.control.execution.HistoryStore.Kept;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** ListScriptTasks, ShowDesktopPoolsScriptExecTasks, ListScriptRecords, ShowScriptRecordDetail. */
public final class HistoryRoutes {
    private static final int LIMIT = 10;

    private final Database database;
    private final ReadingLoop reading;
    private final HistoryStore history = new HistoryStore();
    private final HistoryLists lists;
    private final RecordOutputs texts;
    private final RecordOutputs files;

    public HistoryRoutes(Database database, ReadingLoop reading) {
        this.database = database;
        this.reading = reading;
        this.lists = new HistoryLists(reading.database());
        this.texts = new RecordOutputs(reading.database());
        this.files = new RecordOutputs(database);
    }

    public void mount(Operations operations) {
        operations.on("ListScriptTasks", this::listTasks);
        operations.on("ShowDesktopPoolsScriptExecTasks", this::listPoolTasks);
        operations.on("ListScriptRecords", this::listRecords);
        operations.on("ShowScriptRecordDetail", this::showRecord);
        operations.onRaw("ShowRecordOutput", this::showOutput);
    }

    private Future<ApiAnswer> listTasks(ApiCall call) {
        String groupType = call.query("resource_group_type").orElse(null);
        return listTasks(
                call,
                taskFilter(call, texts(call, "resource_group_id"), groupType),
                page -> answer("count", "script_tasks", page, HistoryView::task));
    }

    private Future<ApiAnswer> listPoolTasks(ApiCall call) {
        return listTasks(
                call,
                taskFilter(call, texts(call, "desktop_pool_id"), "DESKTOP_POOL"),
                page -> answer("total_count", "script_execution_tasks", page, HistoryView::poolTask));
    }

    private Future<ApiAnswer> listTasks(ApiCall call, TaskFilter filter, Function<Page, ApiAnswer> answer) {
        String projectId = call.projectId();
        Page.Span span = span(call);
        return reading.read(() -> lists.tasks(projectId, filter, span).map(answer));
    }

    private static TaskFilter taskFilter(ApiCall call, @Nullable List<String> groupIds, @Nullable String groupType) {
        return new TaskFilter(
                ids(call, "task_id"),
                groupIds,
                groupType,
                ids(call, "script_id"),
                call.query("script_name").orElse(null),
                call.query("status").map(HistoryView::statusOf).orElse(null),
                call.query("task_type").orElse(null),
                call.queryInstant("execute_time_start").orElse(null),
                call.queryInstant("execute_time_end").orElse(null));
    }

    private Future<ApiAnswer> listRecords(ApiCall call) {
        boolean withHistory = call.queryFlag("show_history").orElse(false);
        if (withHistory
                && (call.query("resource_id").isEmpty()
                        || call.query("script_id").isEmpty())) {
            throw new ApiException.BadRequest("show_history=true needs resource_id and script_id: send both");
        }
        var filter = new RecordFilter(
                ids(call, "resource_id"),
                texts(call, "resource_group_id"),
                ids(call, "script_id"),
                texts(call, "script_name"),
                call.query("status").orElse(null),
                call.queryFlag("is_first_order").orElse(null),
                ids(call, "script_task_id"),
                call.query("task_type").orElse(null),
                withHistory,
                call.queryInstant("execute_time_start").orElse(null),
                call.queryInstant("execute_time_end").orElse(null));
        String projectId = call.projectId();
        Page.Span span = span(call);
        return reading.read(() -> lists.records(projectId, filter, span)
                .map(page -> answer("count", "script_records", page, HistoryView::record)));
    }

    /** What is kept is asked for after it was read: then nothing that was removed meanwhile is missed. */
    private Future<ApiAnswer> showRecord(ApiCall call) {
        String projectId = call.projectId();
        UUID id = call.pathId("record_id", "record");
        SqlClient sql = reading.database().client();
        return reading.read(() -> find(sql, projectId, id).compose(row -> {
            JsonObject json = HistoryView.record(row);
            return texts.text(id, row.getInteger("attempt"), row.getString("console_charset"))
                    .compose(text -> history.getKept(sql, id, row.getInteger("attempt"))
                            .compose(kept -> history.listAttempts(sql, id)
                                    .map(attempts -> ApiAnswer.ok(detail(json, text, kept, attempts)))));
        }));
    }

    private static JsonObject detail(JsonObject json, String text, Kept kept, List<JsonObject> attempts) {
        long written = json.getLong("stdout_bytes") + json.getLong("stderr_bytes");
        if (kept.removedAt() == null) {
            json.put("output", text)
                    .put("output_kept_bytes", kept.bytes())
                    .put("output_cut_bytes", Math.max(0, written - kept.bytes()));
        } else {
            json.put("output", "[... " + kept.bytes() + " bytes of output were removed by retention ...]\n")
                    .put("output_kept_bytes", 0)
                    .put("output_cut_bytes", written)
                    .put(
                            "output_removed_at",
                            kept.removedAt().truncatedTo(ChronoUnit.SECONDS).toString());
        }
        if (!attempts.isEmpty()) {
            json.put("earlier_attempts", new JsonArray(new ArrayList<>(attempts)));
        }
        return json;
    }

    private Future<Void> showOutput(ApiCall call) {
        return find(database.client(), call.projectId(), call.pathId("record_id", "record"))
                .compose(row -> files.send(
                        UUID.fromString(row.getString("id")),
                        row.getInteger("attempt"),
                        call.query("stream").orElse("stdout"),
                        call.queryNumber("offset", 0),
                        call.queryNumber("limit", RecordOutputs.DEFAULT_LIMIT_BYTES),
                        row,
                        call.context().response()));
    }

    private Future<JsonObject> find(SqlClient sql, String projectId, UUID id) {
        return history.findRecord(sql, projectId, id)
                .map(found -> found.orElseThrow(
                        () -> new ApiException.NotFound("there is no record " + id + " in this project")));
    }

    private static Page.Span span(ApiCall call) {
        return new Page.Span(call.queryNumber("offset", 0), call.queryNumber("limit", LIMIT));
    }

    private static ApiAnswer answer(String count, String rows, Page page, UnaryOperator<JsonObject> view) {
        var array = new JsonArray();
        page.rows().forEach(row -> array.add(view.apply(row)));
        var json = new JsonObject().put(count, page.count()).put(rows, array);
        return ApiAnswer.ok(page.isMinimum() ? json.put("count_is_minimum", true) : json);
    }

    private static @Nullable List<String> texts(ApiCall call, String name) {
        List<String> values = call.queryAll(name);
        return values.isEmpty() ? null : values;
    }

    /** What is no UUID is no id of ours and matches nothing. */
    private static @Nullable List<UUID> ids(ApiCall call, String name) {
        List<String> values = call.queryAll(name);
        if (values.isEmpty()) {
            return null;
        }
        var ids = new ArrayList<UUID>();
        for (String value : values) {
            Uuids.parse(value).ifPresent(ids::add);
        }
        return ids;
    }
}
