package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** Tokens, projects and domains, in the shapes of the vendor's identity service. */
public final class PeopleRoutes {
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

    public PeopleRoutes(Vertx vertx, Database database, Tokens tokens, InstantSource clock) {
        this.database = database;
        this.tokens = tokens;
        this.passwords = new Passwords(vertx);
        this.guard = new GuessGuard(clock);
        this.clock = clock;
    }

    public void hang(Operations operations) {
        operations.on("CreateToken", this::createToken);
        operations.on("ListProjects", this::listProjects);
        operations.on("ListAuthProjects", this::listProjects);
        operations.on("ListAuthDomains", this::listDomains);
    }

    private Future<ApiAnswer> createToken(ApiCall call) {
        JsonObject auth = call.body().getJsonObject("auth");
        JsonObject user =
                auth.getJsonObject("identity").getJsonObject("password").getJsonObject("user");
        JsonObject scope = auth.getJsonObject("scope", NOTHING);
        if (scope.containsKey("domain")) {
            throw new ApiException.BadRequest("auth.scope.domain is not supported: send auth.scope.project");
        }
        return authenticate(user, address(call)).compose(known -> store.listGrants(database.client(), known.id())
                .map(grants -> choose(grants, scope.getJsonObject("project", NOTHING)))
                .map(grant -> answer(call, known, grant)));
    }

    private Future<IamStore.User> authenticate(JsonObject user, String address) {
        Optional<String> id = Optional.ofNullable(user.getString("id"));
        Optional<String> name = Optional.ofNullable(user.getString("name"));
        String guessed = id.or(() -> name)
                .orElseThrow(() ->
                        new ApiException.BadRequest("auth.identity.password.user.name is missing: send it, or the id"));
        JsonObject domain = user.getJsonObject("domain", NOTHING);
        GuessGuard.Attempt attempt = guard.begin(guessed, address);
        return store.findUser(
                        database.client(),
                        id,
                        name,
                        Optional.ofNullable(domain.getString("name")),
                        Optional.ofNullable(domain.getString("id")))
                .map(found -> found.filter(u -> !u.disabled()))
                .compose(found -> passwords
                        .matches(user.getString("password"), found.map(IamStore.User::passwordHash))
                        .map(matches -> found.filter(u -> matches)))
                .onSuccess(known -> known.ifPresentOrElse(u -> attempt.right(), attempt::wrong))
                .onFailure(failure -> attempt.undecided())
                .map(known -> known.orElseThrow(
                        () -> new ApiException.Unauthorized("the user name or the password is wrong")));
    }

    private static String address(ApiCall call) {
        SocketAddress remote = call.context().request().remoteAddress();
        return remote == null ? "" : String.valueOf(remote.hostAddress());
    }

    private static IamStore.Grant choose(List<IamStore.Grant> grants, JsonObject wanted) {
        String id = wanted.getString("id");
        String name = wanted.getString("name");
        List<IamStore.Grant> fitting = grants.stream()
                .filter(g -> id == null || g.projectId().equals(id))
                .filter(g -> name == null || g.projectName().equals(name))
                .toList();
        if (fitting.isEmpty()) {
            throw new ApiException.Forbidden("there is no such project for this user");
        }
        if (fitting.size() > 1) {
            throw new ApiException.BadRequest("the user has several projects: send auth.scope.project with an id");
        }
        return fitting.get(0);
    }

    private ApiAnswer answer(ApiCall call, IamStore.User user, IamStore.Grant grant) {
        Instant now = clock.instant();
        call.context()
                .response()
                .putHeader("X-Subject-Token", tokens.issue(user.id(), grant.projectId(), now))
                .putHeader("Cache-Control", "no-store");
        JsonObject token = new JsonObject()
                .put("expires_at", MICROS.format(now.plus(Tokens.VALIDITY)))
                .put("issued_at", MICROS.format(now))
                .put("methods", new JsonArray().add("password"))
                .put("catalog", new JsonArray())
                .put("roles", new JsonArray())
                .put(
                        "project",
                        named(grant.projectId(), grant.projectName())
                                .put("domain", named(grant.domainId(), grant.domainName())))
                .put(
                        "user",
                        named(user.id(), user.name())
                                .put("domain", named(user.domainId(), user.domainName()))
                                .put("password_expires_at", ""));
        return ApiAnswer.created(new JsonObject().put("token", token));
    }

    private Future<ApiAnswer> listProjects(ApiCall call) {
        Predicate<IamStore.Grant> wanted =
                grant -> call.query("name").map(grant.projectName()::equals).orElse(true)
                        && call.query("domain_id")
                                .or(() -> call.query("parent_id"))
                                .map(grant.domainId()::equals)
                                .orElse(true)
                        && call.queryFlag("enabled").orElse(true)
                        && !call.queryFlag("is_domain").orElse(false);
        return store.listGrants(database.client(), call.caller().userId()).map(grants -> {
            JsonArray projects = new JsonArray();
            grants.stream().filter(wanted).forEach(grant -> projects.add(project(grant)));
            return ApiAnswer.ok(
                    new JsonObject().put("links", links("/v3/projects")).put("projects", projects));
        });
    }

    private Future<ApiAnswer> listDomains(ApiCall call) {
        return store.listGrants(database.client(), call.caller().userId()).map(grants -> {
            JsonArray domains = new JsonArray();
            grants.stream()
                    .map(grant -> named(grant.domainId(), grant.domainName()))
                    .distinct()
                    .forEach(domain -> domains.add(domain.put("enabled", true)
                            .put("description", "")
                            .put("links", links("/v3/domains/" + domain.getString("id")))));
            return ApiAnswer.ok(new JsonObject().put("domains", domains).put("links", links("/v3/auth/domains")));
        });
    }

    private static JsonObject project(IamStore.Grant grant) {
        return named(grant.projectId(), grant.projectName())
                .put("domain_id", grant.domainId())
                .put("parent_id", grant.domainId())
                .put("enabled", true)
                .put("is_domain", false)
                .put("description", "")
                .put("links", links("/v3/projects/" + grant.projectId()));
    }

    private static JsonObject named(String id, String name) {
        return new JsonObject().put("id", id).put("name", name);
    }

    private static JsonObject links(String self) {
        return new JsonObject().put("self", self).putNull("next").putNull("previous");
    }
}
