package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Gives tokens for names and passwords, in the shape of the vendor's identity service. */
final class TokenRoutes {
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final JsonObject NOTHING = new JsonObject();

    private final Database database;
    private final Tokens tokens;
    private final Passwords passwords;
    private final GuessGuard guard;
    private final InstantSource clock;
    private final IamStore store = new IamStore();

    TokenRoutes(Database database, Tokens tokens, Passwords passwords, GuessGuard guard, InstantSource clock) {
        this.database = database;
        this.tokens = tokens;
        this.passwords = passwords;
        this.guard = guard;
        this.clock = clock;
    }

    void hang(Operations operations) {
        operations.on("CreateToken", this::create);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        JsonObject auth = call.body().getJsonObject("auth");
        JsonObject user =
                auth.getJsonObject("identity").getJsonObject("password").getJsonObject("user");
        JsonObject scope = auth.getJsonObject("scope", NOTHING);
        if (scope.containsKey("domain") && scope.containsKey("project")) {
            throw new ApiException.BadRequest("send auth.scope.project or auth.scope.domain, not both");
        }
        return authenticate(user, Tokens.address(call.context().request())).compose(known -> tokens.grants()
                .read(database.client(), known.id(), false)
                .map(grants -> scope.containsKey("domain")
                        ? ofAccount(call, known, requireAccount(known, grants, scope.getJsonObject("domain")))
                        : ofProject(call, known, choose(grants, scope.getJsonObject("project", NOTHING)))));
    }

    private Future<IamStore.User> authenticate(JsonObject user, String address) {
        Optional<String> id = Optional.ofNullable(user.getString("id"));
        Optional<String> name = Optional.ofNullable(user.getString("name"));
        if (id.isPresent() && name.isPresent()) {
            throw new ApiException.BadRequest("auth.identity.password.user: send id or name, not both");
        }
        String sent = id.or(() -> name)
                .orElseThrow(() ->
                        new ApiException.BadRequest("auth.identity.password.user.name is missing: send it, or the id"));
        JsonObject domain = user.getJsonObject("domain", NOTHING);
        return store.findUser(
                        database.client(),
                        id,
                        name,
                        Optional.ofNullable(domain.getString("name")),
                        Optional.ofNullable(domain.getString("id")))
                .compose(found -> check(
                        found,
                        user.getString("password"),
                        guard.begin(found.map(IamStore.User::id).orElse(sent), address)))
                .map(known -> known.orElseThrow(
                        () -> new ApiException.Unauthorized("the user name or the password is wrong")));
    }

    private Future<Optional<IamStore.User>> check(
            Optional<IamStore.User> found, String password, GuessGuard.Attempt attempt) {
        Optional<IamStore.User> able = found.filter(user -> !user.disabled());
        return passwords
                .matches(password, able.map(IamStore.User::passwordHash))
                .compose(matches -> matches ? again(able.orElseThrow()) : Future.succeededFuture(Optional.empty()))
                .onSuccess(known -> known.ifPresentOrElse(user -> attempt.right(), attempt::wrong))
                .onFailure(failure -> attempt.undecided());
    }

    /** The user, unless they were changed while their password was looked at. */
    private Future<Optional<IamStore.User>> again(IamStore.User user) {
        return store.findUser(
                        database.client(), Optional.of(user.id()), Optional.empty(), Optional.empty(), Optional.empty())
                .map(now -> now.filter(user::equals));
    }

    private static boolean fits(JsonObject wanted, String id, String name) {
        return id.equals(wanted.getString("id", id)) && name.equals(wanted.getString("name", name));
    }

    private static Grant choose(List<Grant> grants, JsonObject wanted) {
        List<Grant> fitting = grants.stream()
                .filter(g -> fits(wanted, g.projectId(), g.project().name()))
                .toList();
        if (fitting.isEmpty()) {
            throw new ApiException.Forbidden("there is no such project for this user");
        }
        if (fitting.size() > 1) {
            throw new ApiException.BadRequest("the user has several projects: send auth.scope.project with an id");
        }
        return fitting.get(0);
    }

    private static Grant requireAccount(IamStore.User user, List<Grant> grants, JsonObject wanted) {
        if (!fits(wanted, user.domainId(), user.domainName())) {
            throw new ApiException.Forbidden("the user belongs to another domain");
        }
        return grants.stream()
                .findFirst()
                .orElseThrow(() -> new ApiException.Forbidden("the user may do nothing in any project"));
    }

    private ApiAnswer ofProject(ApiCall call, IamStore.User user, Grant grant) {
        JsonArray roles = new JsonArray();
        grant.groups()
                .forEach(group ->
                        roles.add(new JsonObject().put("id", group.id()).put("name", group.name())));
        JsonObject scope = named(grant.project()).put("domain", named(grant.domain()));
        return answer(
                call,
                user,
                Optional.of(grant.projectId()),
                new JsonObject().put("project", scope).put("roles", roles));
    }

    /** Good for what is about the account: finding projects, one's own access keys. */
    private ApiAnswer ofAccount(ApiCall call, IamStore.User user, Grant grant) {
        return answer(
                call,
                user,
                Optional.empty(),
                new JsonObject().put("domain", named(grant.domain())).put("roles", new JsonArray()));
    }

    private ApiAnswer answer(ApiCall call, IamStore.User user, Optional<String> projectId, JsonObject token) {
        Instant now = clock.instant();
        call.context()
                .response()
                .putHeader(
                        "X-Subject-Token", tokens.issue(user.id(), projectId.orElse(""), user.tokensGeneration(), now))
                .putHeader("Cache-Control", "no-store");
        JsonObject domain = new JsonObject().put("id", user.domainId()).put("name", user.domainName());
        token.put("expires_at", MICROS.format(now.plus(TokenTexts.VALIDITY)))
                .put("issued_at", MICROS.format(now))
                .put("methods", new JsonArray().add("password"))
                .put("catalog", new JsonArray())
                .put(
                        "user",
                        new JsonObject()
                                .put("id", user.id())
                                .put("name", user.name())
                                .put("domain", domain)
                                .put("password_expires_at", ""));
        return ApiAnswer.created(new JsonObject().put("token", token));
    }

    private static JsonObject named(Grant.Place place) {
        return new JsonObject().put("id", place.id()).put("name", place.name());
    }
}
