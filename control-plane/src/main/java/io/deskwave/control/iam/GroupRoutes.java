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
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Groups of permissions. A group that somebody has is changed only by who may do everything that it stands for, before and
 * after, in each project where somebody has it.
 */
final class GroupRoutes {
    private static final String UPDATE = "iam:permissionGroups:update";

    private final Database database;
    private final IamChanges changes;
    private final BuiltInGroups builtIn;
    private final GroupStore store = new GroupStore();
    private final AccessKeyStore keys = new AccessKeyStore();
    private final RandomTexts random = new RandomTexts();

    GroupRoutes(Database database, IamChanges changes, BuiltInGroups builtIn) {
        this.database = database;
        this.changes = changes;
        this.builtIn = builtIn;
    }

    void hang(Operations operations) {
        operations.on("CreatePermissionGroup", this::create);
        operations.on("ListPermissionGroups", this::list);
        operations.on("ShowPermissionGroup", this::show);
        operations.on("UpdatePermissionGroup", this::update);
        operations.on("DeletePermissionGroup", this::delete);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        JsonObject body = call.body();
        var made = new GroupStore.Stored(
                random.id(),
                body.getString("name"),
                body.getString("description", ""),
                Names.set(body.getJsonArray("permissions")),
                false,
                Instant.EPOCH);
        requireOwnName(made.name());
        return builtIn.requireKnown(made.permissions())
                .compose(known -> changes.run(call.caller(), (tx, mine) -> {
                    require(call, mine, List.of(call.projectId()), made.permissions(), "iam:permissionGroups:create");
                    return store.insert(tx, call.caller().domainId(), made);
                }))
                .recover(failure -> taken(failure, made.name()))
                .map(group -> ApiAnswer.created(view(group, group.permissions())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        Paging page = Paging.of(call);
        String domain = call.caller().domainId();
        return store.count(database.client(), domain).compose(total -> store.list(
                        database.client(), domain, page.limit(), page.offset())
                .compose(some -> builtIn.permissions().map(known -> {
                    JsonArray list = new JsonArray();
                    some.forEach(group -> list.add(view(group, known.getOrDefault(group.id(), group.permissions()))));
                    return ApiAnswer.ok(
                            new JsonObject().put("total_count", total).put("permission_groups", list));
                })));
    }

    private Future<ApiAnswer> show(ApiCall call) {
        String id = call.path("group_id");
        return store.find(database.client(), call.caller().domainId(), id)
                .map(found -> found.orElseThrow(() -> notFound(id)))
                .compose(group -> builtIn.permissions()
                        .map(known -> ApiAnswer.ok(view(group, known.getOrDefault(id, group.permissions())))));
    }

    private Future<ApiAnswer> update(ApiCall call) {
        JsonObject body = call.body();
        if (body.isEmpty()) {
            throw new ApiException.BadRequest("there is nothing to change: send name, description or permissions");
        }
        requireOwnName(body.getString("name", ""));
        return builtIn.requireKnown(Names.set(body.getJsonArray("permissions", new JsonArray())))
                .compose(known -> changes.run(call.caller(), (tx, mine) -> own(call, tx)
                        .compose(old -> store.listProjects(tx, old.id()).compose(projects -> {
                            GroupStore.Stored changed = changed(old, body);
                            Set<String> concerned = new HashSet<>(old.permissions());
                            concerned.addAll(changed.permissions());
                            require(call, mine, List.of(call.projectId()), concerned, UPDATE);
                            require(call, mine, projects, concerned, UPDATE);
                            return endKeysOfOthers(tx, old, changed)
                                    .compose(ended ->
                                            store.update(tx, call.caller().domainId(), changed));
                        }))))
                .recover(failure -> taken(failure, body.getString("name", "")))
                .map(group -> ApiAnswer.ok(view(group, group.permissions())));
    }

    /** Who has made a key for somebody must not get more by it than they could give. */
    private Future<Void> endKeysOfOthers(SqlConnection tx, GroupStore.Stored old, GroupStore.Stored changed) {
        return new Permissions(old.permissions()).cover(new Permissions(changed.permissions()))
                ? Future.succeededFuture()
                : keys.disableForeignOfGroup(tx, old.id());
    }

    /** Who grants a group by its name must not be deceived. */
    private static void requireOwnName(String name) {
        if (BuiltInGroups.hasName(name)) {
            throw new ApiException.Conflict("'" + name + "' is the name of a built-in group: choose another name");
        }
    }

    private static GroupStore.Stored changed(GroupStore.Stored old, JsonObject body) {
        return new GroupStore.Stored(
                old.id(),
                body.getString("name", old.name()),
                body.getString("description", old.description()),
                body.containsKey("permissions") ? Names.set(body.getJsonArray("permissions")) : old.permissions(),
                false,
                old.createdAt());
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return changes.run(call.caller(), (tx, mine) -> own(call, tx)
                        .compose(group -> store.delete(tx, call.caller().domainId(), group.id())))
                .recover(failure -> IamChanges.whenReferred(
                        failure,
                        "somebody has this group: take it from all users first (PUT /v1/users/{user_id}/grants/...)"))
                .map(deleted -> ApiAnswer.noContent());
    }

    private Future<GroupStore.Stored> own(ApiCall call, SqlConnection tx) {
        String id = call.path("group_id");
        return store.find(tx, call.caller().domainId(), id).map(found -> {
            GroupStore.Stored group = found.orElseThrow(() -> notFound(id));
            if (group.builtIn()) {
                throw new ApiException.Conflict("the group " + id + " is built in: make one of your own");
            }
            return group;
        });
    }

    private static void require(
            ApiCall call, Powers mine, List<String> projects, Set<String> permissions, String action) {
        for (String project : projects) {
            if (!mine.in(project).cover(new Permissions(permissions))) {
                throw call.refused(
                        action,
                        project,
                        "the group stands for something that you may not do yourself where it is used");
            }
        }
    }

    private static <T> Future<T> taken(Throwable failure, String name) {
        return IamChanges.whenTaken(failure, "there is a group named '" + name + "' already: choose another name");
    }

    private static ApiException notFound(String id) {
        return new ApiException.NotFound("there is no permission group " + id);
    }

    private static JsonObject view(GroupStore.Stored group, Set<String> permissions) {
        return new JsonObject()
                .put("id", group.id())
                .put("name", group.name())
                .put("description", group.description())
                .put("built_in", group.builtIn())
                .put("permissions", Names.sorted(permissions))
                .put(
                        "created_at",
                        group.createdAt().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
