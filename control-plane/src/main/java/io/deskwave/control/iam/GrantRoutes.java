package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What users have in projects. Nobody gives or takes what they do not have themselves in that project, and no project is left
 * without an administrator. Projects that the caller has nothing in do not exist for the caller.
 */
final class GrantRoutes {
    private static final String LIST = "iam:grants:list";
    private static final String UPDATE = "iam:grants:update";
    private static final String DELETE = "iam:grants:delete";

    private final Database database;
    private final IamChanges changes;
    private final BuiltInGroups builtIn;
    private final GrantStore store = new GrantStore();
    private final AccessKeyStore keys = new AccessKeyStore();
    private final GroupStore groups = new GroupStore();
    private final UserStore users = new UserStore();

    GrantRoutes(Database database, IamChanges changes, BuiltInGroups builtIn) {
        this.database = database;
        this.changes = changes;
        this.builtIn = builtIn;
    }

    void hang(Operations operations) {
        operations.on("ListGrants", this::list);
        operations.on("PutGrant", this::put);
        operations.on("DeleteGrant", this::delete);
    }

    private Future<ApiAnswer> list(ApiCall call) {
        String id = call.path("user_id");
        boolean self = call.caller().userId().equals(id);
        if (!self && !call.caller().may(LIST)) {
            throw call.refused(
                    LIST, call.projectId(), "you need the permission " + LIST + " to see what others may do");
        }
        return users.find(database.client(), call.caller().domainId(), id)
                .map(found -> found.orElseThrow(() -> UserRoutes.notFound(id)))
                .compose(user -> changes.powersNow(call.caller().userId()))
                .compose(mine -> store.list(database.client(), id, true).map(grants -> {
                    JsonArray list = new JsonArray();
                    grants.stream()
                            .filter(grant -> mine.reach(grant.projectId()))
                            .forEach(grant -> list.add(view(grant)));
                    return ApiAnswer.ok(new JsonObject().put("grants", list));
                }));
    }

    private Future<ApiAnswer> put(ApiCall call) {
        JsonArray none = new JsonArray();
        Set<String> groupIds = Names.set(call.body().getJsonArray("permission_group_ids", none));
        Set<String> single = Names.set(call.body().getJsonArray("permissions", none));
        if (groupIds.isEmpty() && single.isEmpty()) {
            throw new ApiException.BadRequest(
                    "there is nothing to grant: send permission_group_ids, permissions or both, or DELETE the grant");
        }
        String user = call.path("user_id");
        String project = call.path("granted_project_id");
        return builtIn.requireKnown(single)
                .compose(known -> changes.run(call.caller(), (tx, mine) -> requirePower(call, tx, mine, UPDATE)
                        .compose(allowed -> wanted(call, tx, groupIds, single))
                        .compose(wanted -> {
                            Permissions given = requireCover(call, mine, wanted, UPDATE);
                            return endKeysOfOthers(tx, user, project, given);
                        })
                        .compose(allowed -> groupIds.contains(BuiltInGroups.ADMINISTRATOR)
                                ? Future.succeededFuture()
                                : changes.requireOtherAdministrator(tx, user, Optional.of(project)))
                        .compose(allowed -> store.put(tx, user, project, groupIds, single))
                        .compose(done -> store.list(tx, user, true))))
                .map(grants -> ApiAnswer.ok(grants.stream()
                        .filter(grant -> grant.projectId().equals(project))
                        .map(GrantRoutes::view)
                        .findFirst()
                        .orElseThrow()));
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        String user = call.path("user_id");
        String project = call.path("granted_project_id");
        return changes.run(call.caller(), (tx, mine) -> requirePower(call, tx, mine, DELETE)
                        .compose(allowed -> changes.requireOtherAdministrator(tx, user, Optional.of(project)))
                        .compose(allowed -> store.delete(tx, user, project)))
                .map(deleted -> {
                    if (!deleted) {
                        throw new ApiException.NotFound("the user has nothing in the project " + project);
                    }
                    return ApiAnswer.noContent();
                });
    }

    /** The caller may change grants in the project, and what the user has there is nothing that the caller has not. */
    private Future<Permissions> requirePower(ApiCall call, SqlConnection tx, Powers mine, String action) {
        String user = call.path("user_id");
        String project = call.path("granted_project_id");
        if (!mine.reach(project)) {
            throw new ApiException.NotFound("there is no project " + project);
        }
        if (!mine.in(project).cover(action)) {
            throw call.refused(action, project, "you need the permission " + action + " in the project " + project);
        }
        return users.find(tx, call.caller().domainId(), user)
                .map(found -> found.orElseThrow(() -> UserRoutes.notFound(user)))
                .compose(found -> changes.powersOf(tx, user))
                .map(theirs -> requireCover(call, mine, theirs.in(project), action));
    }

    /** Who has made a key for the user must not get more by it than they could give. */
    private Future<Void> endKeysOfOthers(SqlConnection tx, String user, String project, Permissions wanted) {
        return changes.powersOf(tx, user)
                .compose(theirs -> theirs.in(project).cover(wanted)
                        ? Future.succeededFuture()
                        : keys.disableForeign(tx, user, project));
    }

    private static Permissions requireCover(ApiCall call, Powers mine, Permissions concerned, String action) {
        String project = call.path("granted_project_id");
        if (!mine.in(project).cover(concerned)) {
            throw call.refused(
                    action,
                    project,
                    "nobody can give or take what they may not do themselves in the project " + project);
        }
        return concerned;
    }

    private Future<Permissions> wanted(ApiCall call, SqlConnection tx, Set<String> groupIds, Set<String> single) {
        return groups.find(tx, call.caller().domainId(), List.copyOf(groupIds))
                .compose(found -> builtIn.permissions().map(known -> {
                    Set<String> missing = new HashSet<>(groupIds);
                    Set<String> all = new HashSet<>(single);
                    found.forEach(group -> {
                        missing.remove(group.id());
                        all.addAll(known.getOrDefault(group.id(), group.permissions()));
                    });
                    missing.stream().findFirst().ifPresent(id -> {
                        throw new ApiException.BadRequest("permission_group_ids: there is no permission group " + id);
                    });
                    return new Permissions(all);
                }));
    }

    private static JsonObject view(Grant grant) {
        JsonArray groups = new JsonArray();
        grant.groups()
                .forEach(group ->
                        groups.add(new JsonObject().put("id", group.id()).put("name", group.name())));
        return new JsonObject()
                .put("project_id", grant.projectId())
                .put("project_name", grant.project().name())
                .put("permission_groups", groups)
                .put("permissions", Names.sorted(grant.single()));
    }
}
