package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Paging;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Projects. A new one belongs to its maker, as the one it was made from does, and to that one's administrators. Changing one
 * takes the permission in that project itself.
 */
final class ProjectRoutes {
    private static final String CREATE = "iam:projects:create";
    private static final String GET = "iam:projects:get";
    private static final String UPDATE = "iam:projects:update";
    private static final String DELETE = "iam:projects:delete";

    private final Database database;
    private final IamChanges changes;
    private final ProjectStore store = new ProjectStore();
    private final GrantStore grants = new GrantStore();
    private final RandomTexts random = new RandomTexts();

    ProjectRoutes(Database database, IamChanges changes) {
        this.database = database;
        this.changes = changes;
    }

    void hang(Operations operations) {
        operations.on("CreateProject", this::create);
        operations.on("ListOwnProjects", this::list);
        operations.on("ShowProject", this::show);
        operations.on("UpdateProject", this::update);
        operations.on("DeleteProject", this::delete);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        String id = random.id();
        String maker = call.caller().userId();
        String name = call.body().getString("name");
        return changes.run(call.caller(), (tx, mine) -> {
                    boolean unused = require(call, mine, call.projectId(), CREATE);
                    return store.insert(
                                    tx,
                                    id,
                                    call.caller().domainId(),
                                    name,
                                    call.body().getString("description", ""))
                            .compose(made -> grants.copy(tx, maker, call.projectId(), id))
                            .compose(copied -> store.find(tx, maker, id));
                })
                .recover(failure -> taken(failure, name))
                .map(found -> ApiAnswer.created(view(found.orElseThrow())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        Paging page = Paging.of(call);
        Optional<String> name = call.query("name");
        return store.list(database.client(), call.caller().userId()).map(all -> {
            List<ProjectStore.Project> fitting = all.stream()
                    .filter(project -> name.map(project.name()::equals).orElse(true))
                    .toList();
            JsonArray list = new JsonArray();
            fitting.stream().skip(page.offset()).limit(page.limit()).forEach(project -> list.add(view(project)));
            return ApiAnswer.ok(
                    new JsonObject().put("total_count", fitting.size()).put("projects", list));
        });
    }

    private Future<ApiAnswer> show(ApiCall call) {
        String id = call.path("shown_project_id");
        return changes.powersNow(call.caller().userId())
                .map(mine -> require(call, mine, id, GET))
                .compose(allowed -> store.find(database.client(), call.caller().userId(), id))
                .map(found -> ApiAnswer.ok(view(found.orElseThrow(() -> notFound(id)))));
    }

    private Future<ApiAnswer> update(ApiCall call) {
        JsonObject body = call.body();
        String id = call.path("shown_project_id");
        if (body.isEmpty()) {
            throw new ApiException.BadRequest("there is nothing to change: send name or description");
        }
        return change(call, UPDATE, tx -> store.update(
                                tx, call.caller().domainId(), id, body.getString("name"), body.getString("description"))
                        .compose(done -> store.find(tx, call.caller().userId(), id)))
                .recover(failure -> taken(failure, body.getString("name", "")))
                .map(found -> ApiAnswer.ok(view(found.orElseThrow(() -> notFound(id)))));
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        String id = call.path("shown_project_id");
        String domain = call.caller().domainId();
        return change(call, DELETE, tx -> store.hasOthers(tx, domain, id).compose(others -> {
                    if (!others) {
                        throw new ApiException.Conflict("this is the last project: make another one first");
                    }
                    return store.delete(tx, domain, id);
                }))
                .recover(failure -> IamChanges.whenReferred(
                        failure,
                        "the project is not empty: delete its desktops, pools and scripts first; one that has run anything"
                                + " keeps its history and stays"))
                .map(deleted -> ApiAnswer.noContent());
    }

    private <T> Future<T> change(ApiCall call, String action, Function<SqlConnection, Future<T>> change) {
        return changes.run(call.caller(), (tx, mine) -> {
            boolean unused = require(call, mine, call.path("shown_project_id"), action);
            return change.apply(tx);
        });
    }

    private static boolean require(ApiCall call, Powers mine, String id, String action) {
        if (!mine.reach(id)) {
            throw notFound(id);
        }
        if (!mine.in(id).cover(action)) {
            throw call.refused(action, id, "you need the permission " + action + " in the project " + id);
        }
        return true;
    }

    private static <T> Future<T> taken(Throwable failure, String name) {
        return IamChanges.whenTaken(failure, "there is a project named '" + name + "' already: choose another name");
    }

    private static ApiException notFound(String id) {
        return new ApiException.NotFound("there is no project " + id);
    }

    private static JsonObject view(ProjectStore.Project project) {
        return new JsonObject()
                .put("id", project.id())
                .put("name", project.name())
                .put("description", project.description())
                .put("domain_id", project.domainId())
                .put(
                        "created_at",
                        project.createdAt().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
