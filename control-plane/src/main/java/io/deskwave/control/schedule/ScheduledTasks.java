package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Paging;
import io.deskwave.control.http.Uuids;
import io.deskwave.control.schedule.FiringStore.Firing;
import io.deskwave.control.schedule.FiringStore.OnDesktop;
import io.deskwave.control.schedule.ObjectStore.Names;
import io.deskwave.control.script.RunnableScript;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What can be done with scheduled tasks: stored, changed, looked at and deleted, each with the instant it would fire next. */
public final class ScheduledTasks {
    private final Database database;
    private final ScriptStore scripts;
    private final InstantSource clock;
    private final ScheduledTaskStore tasks = new ScheduledTaskStore();
    private final FiringStore firings = new FiringStore();
    private final TriggerStore triggers = new TriggerStore();
    private final ObjectStore names = new ObjectStore();

    public ScheduledTasks(Database database, ScriptStore scripts, InstantSource clock) {
        this.database = database;
        this.scripts = scripts;
        this.clock = clock;
    }

    Future<UUID> create(String projectId, JsonObject body, String createdBy) {
        Instant now = clock.instant();
        TaskRequest request = TaskRequest.created(body, now);
        return database.inTransaction(tx -> found(tx, projectId, request, body)
                .compose(known -> tasks.insert(tx, projectId, known, next(known, true, now), createdBy)));
    }

    /** What is not sent stays as it is. */
    Future<Void> update(String projectId, UUID id, JsonObject body) {
        Instant now = clock.instant();
        return database.inTransaction(tx -> tasks.lock(tx, projectId, id).compose(found -> {
            ScheduledTask task = orUnknown(found, id);
            boolean enable = body.getBoolean("enable", task.enable());
            TaskRequest request = TaskRequest.updated(task.request(), task.anchor(), body, now);
            return found(tx, projectId, request, body)
                    .compose(known -> tasks.update(tx, id, known, enable, next(task, known, enable, now)))
                    .compose(updated -> triggers.tasksChanged(tx, Set.of(id)));
        }));
    }

    /** What has come due and was not fired yet is not lost by a change of something else. */
    private static @Nullable Instant next(ScheduledTask task, TaskRequest request, boolean enable, Instant now) {
        Instant stored = task.nextFiringAt();
        boolean due = stored != null && !stored.isAfter(now);
        return due && enable && request.hasTimingOf(task.request()) ? stored : next(request, enable, now);
    }

    private static @Nullable Instant next(TaskRequest request, boolean enable, Instant now) {
        return enable ? request.timing().next(now).orElse(null) : null;
    }

    /** Requires that what the body names exists in the project. What was stored before may have gone since. */
    private Future<TaskRequest> found(SqlConnection tx, String projectId, TaskRequest request, JsonObject body) {
        List<ApplyObject> objects = body.containsKey(ApplyObject.FIELD) ? request.objects() : List.of();
        List<String> gray = body.containsKey(Gray.IDS) ? Gray.ids(request.fields()) : List.of();
        Set<UUID> wanted = body.containsKey(ExtraParams.FIELD) ? request.scripts() : Set.of();
        Set<UUID> desktops = new HashSet<>(ids(objects, ApplyObject.Type.DESKTOP));
        gray.forEach(id -> desktops.add(Uuids.parse(id).orElseThrow(() -> noGrayDesktop(id))));
        return names.names(tx, projectId, desktops, ids(objects, ApplyObject.Type.DESKTOP_POOL))
                .map(known -> {
                    gray.stream()
                            .filter(id -> !known.desktops().containsKey(UUID.fromString(id)))
                            .findFirst()
                            .ifPresent(id -> {
                                throw noGrayDesktop(id);
                            });
                    return objects.isEmpty() ? request : request.with(named(objects, known));
                })
                .compose(known -> scripts.findRunnable(tx, projectId, List.copyOf(wanted))
                        .map(runnable -> requireAll(wanted, runnable))
                        .map(all -> known));
    }

    private static Set<UUID> ids(List<ApplyObject> objects, ApplyObject.Type type) {
        return objects.stream()
                .filter(object -> object.type() == type)
                .map(ApplyObject::uuid)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private static List<ApplyObject> named(List<ApplyObject> objects, Names known) {
        objects.stream()
                .filter(object -> object.isNamedById() && object.nameIn(known).isEmpty())
                .findFirst()
                .ifPresent(object -> {
                    throw object.missing();
                });
        return objects.stream().map(object -> object.namedBy(known)).toList();
    }

    private static boolean requireAll(Set<UUID> wanted, List<RunnableScript> found) {
        Set<UUID> known = found.stream().map(RunnableScript::id).collect(Collectors.toSet());
        wanted.stream().filter(id -> !known.contains(id)).findFirst().ifPresent(id -> {
            throw ExtraParams.noScript(id);
        });
        return true;
    }

    private static ApiException noGrayDesktop(String id) {
        return new ApiException.BadRequest(
                "gray_desktop_ids: there is no desktop " + id + " in this project: name one that exists");
    }

    Future<Void> delete(String projectId, UUID id) {
        return delete(projectId, Set.of(id));
    }

    /** All or none. */
    Future<Void> delete(String projectId, Set<UUID> ids) {
        return database.inTransaction(tx -> tasks.delete(tx, projectId, ids).compose(deleted -> {
            ids.stream().filter(id -> !deleted.contains(id)).findFirst().ifPresent(id -> {
                throw unknown(id, ids.size() > 1 ? "; nothing was deleted" : "");
            });
            return triggers.tasksChanged(tx, deleted);
        }));
    }

    Future<ScheduledTaskStore.Page> list(String projectId, ScheduledTaskStore.Filter filter, Paging page) {
        return tasks.list(database.client(), projectId, filter, page);
    }

    /** The task, its objects under the names that they have now. */
    Future<ScheduledTask> get(String projectId, UUID id) {
        return require(projectId, id).compose(task -> renamed(projectId, task));
    }

    private Future<ScheduledTask> renamed(String projectId, ScheduledTask task) {
        List<ApplyObject> objects = ApplyObject.list(task.request());
        Collection<UUID> desktops = ids(objects, ApplyObject.Type.DESKTOP);
        return names.names(database.client(), projectId, desktops, ids(objects, ApplyObject.Type.DESKTOP_POOL))
                .map(known -> task.with(
                        objects.stream().map(object -> object.namedBy(known)).toList()));
    }

    /** The next executions of a timing block that is not stored. */
    List<Instant> future(Timing timing, Instant now, int most) {
        timing.requireFuture(now);
        Recurrence recurrence = timing.recurrence();
        return recurrence == null ? List.of() : recurrence.preview(now, most);
    }

    Future<FiringStore.Page<Firing>> listFirings(String projectId, UUID taskId, Paging page) {
        return require(projectId, taskId).compose(task -> firings.list(database.client(), taskId, page));
    }

    record OnDesktops(Firing firing, FiringStore.Page<OnDesktop> page) {}

    Future<OnDesktops> listDesktops(String projectId, UUID taskId, UUID firingId, Paging page) {
        SqlClient client = database.client();
        return require(projectId, taskId)
                .compose(task -> firings.find(client, taskId, firingId))
                .map(found -> found.orElseThrow(() ->
                        new ApiException.NotFound("there is no record " + firingId + " of scheduled task " + taskId)))
                .compose(
                        firing -> firings.listDesktops(client, firing, page).map(rows -> new OnDesktops(firing, rows)));
    }

    Instant now() {
        return clock.instant();
    }

    private Future<ScheduledTask> require(String projectId, UUID id) {
        return tasks.find(database.client(), projectId, id).map(found -> orUnknown(found, id));
    }

    private static ScheduledTask orUnknown(Optional<ScheduledTask> found, UUID id) {
        return found.orElseThrow(() -> unknown(id, ""));
    }

    static ApiException unknown(Object id, String more) {
        return new ApiException.NotFound("there is no scheduled task " + id + " in this project" + more);
    }
}
