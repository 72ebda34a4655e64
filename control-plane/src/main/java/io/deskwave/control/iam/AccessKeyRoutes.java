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
import java.time.temporal.ChronoUnit;
import java.util.function.Function;

/**
 * Access keys: everybody has their own; those of others take a permission, and all that the others may do. The secret is told
 * once, when the key is made.
 */
final class AccessKeyRoutes {
    private static final int MOST_OF_A_USER = 10;
    private static final String CREATE = "iam:accessKeys:create";
    private static final String LIST = "iam:accessKeys:list";
    private static final String UPDATE = "iam:accessKeys:update";
    private static final String DELETE = "iam:accessKeys:delete";

    private final Database database;
    private final IamChanges changes;
    private final AccessKeys keys;
    private final OwnPassword ownPassword;
    private final AccessKeyStore store = new AccessKeyStore();
    private final UserStore users = new UserStore();
    private final RandomTexts random = new RandomTexts();

    AccessKeyRoutes(Database database, IamChanges changes, AccessKeys keys, OwnPassword ownPassword) {
        this.database = database;
        this.changes = changes;
        this.keys = keys;
        this.ownPassword = ownPassword;
    }

    void hang(Operations operations) {
        operations.on("CreateAccessKey", this::create);
        operations.on("ListAccessKeys", this::list);
        operations.on("UpdateAccessKey", this::update);
        operations.on("DeleteAccessKey", this::delete);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        String userId = call.body().getString("user_id", call.caller().userId());
        String accessKey = random.accessKey();
        String secret = random.secretKey();
        return checkPassword(call, userId)
                .compose(checked -> changes.run(call.caller(), (tx, mine) -> requireUser(call, tx, mine, userId, CREATE)
                        .compose(found -> store.list(tx, userId))
                        .compose(list -> {
                            if (list.size() >= MOST_OF_A_USER) {
                                throw new ApiException.Conflict("the user has " + MOST_OF_A_USER
                                        + " access keys, which is the most: delete one that is not used any more");
                            }
                            return store.insert(
                                    tx,
                                    accessKey,
                                    userId,
                                    call.caller().userId(),
                                    keys.wrap(accessKey, secret),
                                    call.body().getString("description", ""));
                        })))
                .map(made -> {
                    call.context().response().putHeader("Cache-Control", "no-store");
                    return ApiAnswer.created(view(made).put("secret_key", secret));
                });
    }

    private Future<ApiAnswer> list(ApiCall call) {
        String userId = call.query("user_id").orElse(call.caller().userId());
        if (!isSelf(call, userId) && !call.caller().may(LIST)) {
            throw call.refused(
                    LIST, call.projectId(), "you need the permission " + LIST + " to see the keys of others");
        }
        return users.find(database.client(), call.caller().domainId(), userId)
                .map(found -> found.orElseThrow(() -> UserRoutes.notFound(userId)))
                .compose(user -> store.list(database.client(), userId))
                .map(list -> {
                    JsonArray views = new JsonArray();
                    list.forEach(key -> views.add(view(key)));
                    return ApiAnswer.ok(
                            new JsonObject().put("total_count", list.size()).put("access_keys", views));
                });
    }

    private Future<ApiAnswer> update(ApiCall call) {
        JsonObject body = call.body();
        Boolean disabled = body.getBoolean("disabled");
        if (disabled == null && !body.containsKey("description")) {
            throw new ApiException.BadRequest("there is nothing to change: send disabled or description");
        }
        String accessKey = call.path("access_key");
        Future<Void> checked = Boolean.FALSE.equals(disabled)
                ? store.find(database.client(), accessKey)
                        .map(found -> found.orElseThrow(() -> notFound(accessKey)))
                        .compose(key -> checkPassword(call, key.userId()))
                : Future.succeededFuture();
        return checked.compose(done ->
                        change(call, UPDATE, tx -> store.update(tx, accessKey, disabled, body.getString("description"))
                                .compose(updated -> store.find(tx, accessKey))))
                .map(found -> ApiAnswer.ok(view(found.orElseThrow())));
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return change(call, DELETE, tx -> store.delete(tx, call.path("access_key")))
                .map(deleted -> ApiAnswer.noContent());
    }

    /** A token ends within a day, a key does not: the one must not turn into the other for who has only found it. */
    private Future<Void> checkPassword(ApiCall call, String userId) {
        return isSelf(call, userId) && Tokens.isBroughtBy(call.context().request())
                ? ownPassword.check(
                        call,
                        Tokens.address(call.context().request()),
                        "make or enable an access key of your own with a token")
                : Future.succeededFuture();
    }

    private <T> Future<T> change(ApiCall call, String action, Function<SqlConnection, Future<T>> change) {
        String accessKey = call.path("access_key");
        return changes.run(call.caller(), (tx, mine) -> store.find(tx, accessKey)
                .map(found -> found.orElseThrow(() -> notFound(accessKey)))
                .compose(key -> requireUser(call, tx, mine, key.userId(), action))
                .compose(allowed -> change.apply(tx)));
    }

    /** The caller may act for the user. */
    private Future<Boolean> requireUser(ApiCall call, SqlConnection tx, Powers mine, String userId, String action) {
        if (isSelf(call, userId)) {
            return Future.succeededFuture(true);
        }
        if (!mine.in(call.projectId()).cover(action)) {
            throw call.refused(
                    action, call.projectId(), "you need the permission " + action + " for the keys of other users");
        }
        return users.find(tx, call.caller().domainId(), userId)
                .map(found -> found.orElseThrow(() -> UserRoutes.notFound(userId)))
                .compose(user -> changes.powersOf(tx, userId))
                .map(theirs -> {
                    if (!mine.cover(theirs)) {
                        throw call.refused(
                                action, call.projectId(), "this user may do something that you may not do yourself");
                    }
                    return true;
                });
    }

    private static boolean isSelf(ApiCall call, String userId) {
        return call.caller().userId().equals(userId);
    }

    private static ApiException notFound(String accessKey) {
        return new ApiException.NotFound("there is no access key " + accessKey);
    }

    private static JsonObject view(AccessKeyStore.Known key) {
        return new JsonObject()
                .put("access_key", key.accessKey())
                .put("user_id", key.userId())
                .put("description", key.description())
                .put("disabled", key.disabled())
                .put(
                        "created_at",
                        key.createdAt().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
