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
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Users. Whoever changes another one must be allowed to do all that the other one is: a new password is a way to act for them. */
final class UserRoutes {
    private static final String GET = "iam:users:get";
    private static final String UPDATE = "iam:users:update";
    private static final String DELETE = "iam:users:delete";

    private final Database database;
    private final IamChanges changes;
    private final Passwords passwords;
    private final OwnPassword ownPassword;
    private final InstantSource clock;
    private final UserStore users = new UserStore();
    private final AccessKeyStore keys = new AccessKeyStore();
    private final RandomTexts random = new RandomTexts();

    UserRoutes(
            Database database, IamChanges changes, Passwords passwords, OwnPassword ownPassword, InstantSource clock) {
        this.database = database;
        this.changes = changes;
        this.passwords = passwords;
        this.ownPassword = ownPassword;
        this.clock = clock;
    }

    void hang(Operations operations) {
        operations.on("CreateUser", this::create);
        operations.on("ListUsers", this::list);
        operations.on("ShowUser", this::show);
        operations.on("UpdateUser", this::update);
        operations.on("DeleteUser", this::delete);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        JsonObject body = call.body();
        String name = body.getString("name");
        return passwords
                .hash(body.getString("password"))
                .map(hash -> new UserStore.Person(
                        random.id(),
                        name,
                        body.getString("description", ""),
                        body.getBoolean("disabled", false),
                        hash,
                        clock.instant()))
                .compose(made -> users.insert(database.client(), call.caller().domainId(), made))
                .recover(failure -> IamChanges.whenTaken(
                        failure, "there is a user named '" + name + "' already: choose another name"))
                .map(made -> ApiAnswer.created(view(call, made)));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        Paging page = Paging.of(call);
        String domain = call.caller().domainId();
        return users.count(database.client(), domain, call.query("name"))
                .compose(total -> users.list(database.client(), domain, call.query("name"), page.limit(), page.offset())
                        .map(some -> {
                            JsonArray list = new JsonArray();
                            some.forEach(user -> list.add(view(call, user)));
                            return ApiAnswer.ok(
                                    new JsonObject().put("total_count", total).put("users", list));
                        }));
    }

    private Future<ApiAnswer> show(ApiCall call) {
        String id = call.path("user_id");
        if (!isSelf(call, id) && !call.caller().may(GET)) {
            throw call.refused(GET, call.projectId(), "you need the permission " + GET + " to see another user");
        }
        return users.find(database.client(), call.caller().domainId(), id)
                .map(found -> ApiAnswer.ok(view(call, found.orElseThrow(() -> notFound(id)))));
    }

    private Future<ApiAnswer> update(ApiCall call) {
        JsonObject body = call.body();
        String id = call.path("user_id");
        if (body.isEmpty()) {
            throw new ApiException.BadRequest("there is nothing to change: send password, disabled or description");
        }
        if (isSelf(call, id) && body.containsKey("disabled")) {
            throw new ApiException.Conflict("nobody can disable or enable themselves: ask another administrator");
        }
        return checkOwnPassword(call, id)
                .compose(checked -> hash(body.getString("password")))
                .compose(hash -> changes.run(call.caller(), (tx, mine) -> manage(call, tx, mine, UPDATE)
                        .compose(user -> body.getBoolean("disabled", false)
                                ? changes.requireOtherAdministrator(tx, id, Optional.empty())
                                : Future.succeededFuture())
                        .compose(allowed -> users.update(tx, call.caller().domainId(), id, change(body, hash)))
                        .compose(done -> hash.isPresent() ? keys.disableForeign(tx, id) : Future.succeededFuture())
                        .compose(done -> users.find(tx, call.caller().domainId(), id))))
                .map(found -> ApiAnswer.ok(view(call, found.orElseThrow(() -> notFound(id)))));
    }

    private UserStore.Change change(JsonObject body, Optional<String> hash) {
        boolean tokensEnd = hash.isPresent() || body.getBoolean("disabled", false);
        return new UserStore.Change(
                body.getString("description"), body.getBoolean("disabled"), hash.orElse(null), tokensEnd);
    }

    private Future<Optional<String>> hash(@Nullable String password) {
        return password == null
                ? Future.succeededFuture(Optional.empty())
                : passwords.hash(password).map(Optional::of);
    }

    private Future<Void> checkOwnPassword(ApiCall call, String id) {
        if (!isSelf(call, id) || !call.body().containsKey("password")) {
            return Future.succeededFuture();
        }
        return ownPassword.check(call, Tokens.address(call.context().request()), "change your own password");
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        String id = call.path("user_id");
        if (isSelf(call, id)) {
            throw new ApiException.Conflict("nobody can delete themselves: ask another administrator");
        }
        return changes.run(call.caller(), (tx, mine) -> manage(call, tx, mine, DELETE)
                        .compose(user -> changes.requireOtherAdministrator(tx, id, Optional.empty()))
                        .compose(allowed -> users.delete(tx, call.caller().domainId(), id)))
                .map(deleted -> ApiAnswer.noContent());
    }

    /** The user, when the caller may change them. */
    private Future<UserStore.Person> manage(ApiCall call, SqlConnection tx, Powers mine, String action) {
        String id = call.path("user_id");
        boolean self = isSelf(call, id);
        if (!self && !mine.in(call.projectId()).cover(action)) {
            throw call.refused(action, call.projectId(), "you need the permission " + action + " in this project");
        }
        return users.find(tx, call.caller().domainId(), id)
                .map(found -> found.orElseThrow(() -> notFound(id)))
                .compose(user -> changes.powersOf(tx, id).map(theirs -> {
                    if (!self && !mine.cover(theirs)) {
                        throw call.refused(
                                action, call.projectId(), "this user may do something that you may not do yourself");
                    }
                    return user;
                }));
    }

    private static boolean isSelf(ApiCall call, String id) {
        return call.caller().userId().equals(id);
    }

    static ApiException notFound(String id) {
        return new ApiException.NotFound("there is no user " + id);
    }

    private static JsonObject view(ApiCall call, UserStore.Person user) {
        return new JsonObject()
                .put("id", user.id())
                .put("name", user.name())
                .put("description", user.description())
                .put("disabled", user.disabled())
                .put("domain_id", call.caller().domainId())
                .put(
                        "created_at",
                        user.createdAt().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
