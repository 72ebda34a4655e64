package io.deskwave.control.iam;

import static io.deskwave.control.script.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.script.TestServer;
import io.deskwave.control.script.TestServer.Answer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users, groups of permissions, access keys and projects, through the real front door. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PeopleApiTest {
    private static final String OWN = "'current_password':'" + People.PASSWORD + "'";
    private TestServer server;
    private People people;

    @BeforeAll
    void start(@TempDir Path folder) {
        server = new TestServer(folder);
        people = new People(server);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private Answer asAdmin(String method, String path, @Nullable String body) {
        return people.call(people.admin, method, path, body);
    }

    private JsonObject done(String method, String path, @Nullable String body) {
        return people.done(people.admin, method, path, body);
    }

    private static void assertRefused(Answer answer, int status, String message) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.message()).contains(message);
    }

    private String group(String name, String... permissions) {
        return done(
                        "POST",
                        "/v1/permission-groups",
                        "{'name':'" + name + "','permissions':['" + String.join("','", permissions) + "']}")
                .getString("id");
    }

    @Test
    void aUserIsMadeShownChangedAndDeleted() {
        JsonObject made = done("POST", "/v1/users", "{'name':'mia','password':'12345678','description':'desk'}");
        String path = "/v1/users/" + made.getString("id");
        assertThat(made.getString("name")).isEqualTo("mia");
        assertThat(made.encode()).doesNotContain("12345678", "password");
        assertThat(done("GET", path, null)).isEqualTo(made);
        assertRefused(asAdmin("POST", "/v1/users", "{'name':'mia','password':'12345678'}"), 409, "'mia' already");
        assertThat(done("PUT", path, "{'description':'help'}").getString("description"))
                .isEqualTo("help");
        assertThat(asAdmin("DELETE", path, null).status()).isEqualTo(204);
        assertRefused(asAdmin("GET", path, null), 404, "there is no user");
        assertRefused(asAdmin("DELETE", path, null), 404, "there is no user");
        assertRefused(asAdmin("PUT", path, "{'disabled':true}"), 404, "there is no user");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "POST|/v1/users|{'name':'x'}|password is missing",
                "POST|/v1/users|{'name':'x','password':'short'}|password must have at least 8 characters",
                "POST|/v1/users|{'name':' x','password':'12345678'}|name must be a name without",
                "POST|/v1/users|{'name':'x','password':'12345678','pasword':'y'}|unknown field 'pasword'",
                "PUT|/v1/users/x|{}|there is nothing to change",
                "PUT|/v1/users/x/grants/y|{}|there is nothing to grant",
                "PUT|/v1/users/x/grants/y|{'permissions':['scripts']}|permissions[0] must be an action",
                "PUT|/v1/users/x/grants/y|{'permissions':['workspace:scripts:exceute']}|no permission workspace:scripts:exceute",
                "PUT|/v1/users/x/grants/y|{'permissions':['workspace:nothing:*']}|there is no permission",
                "POST|/v1/permission-groups|{'name':'g','permissions':[]}|permissions must have at least 1 entry",
                "POST|/v1/permission-groups|{'name':'g','permissions':['iam:x']}|there is no permission iam:x",
                "POST|/v1/projects|{}|name is missing",
                "PUT|/v1/projects/x|{}|there is nothing to change",
                "PUT|/v1/access-keys/x|{}|there is nothing to change",
            })
    void refusesWhatCannotBe(String method, String path, String body, String message) {
        boolean builtIn = path.endsWith("viewer");
        assertRefused(asAdmin(method, path, body), builtIn ? 409 : 400, builtIn ? "built in" : message);
    }

    @Test
    void usersAreListedByNameInPages() {
        IntStream.of(3, 1, 2).forEach(i -> assertThat(people.user("page-" + i)).isNotEmpty());
        JsonObject page = done("GET", "/v1/users?name=PAGE-&limit=2&offset=1", null);
        assertThat(page.getInteger("total_count")).isEqualTo(3);
        assertThat(page.getJsonArray("users").stream().map(user -> ((JsonObject) user).getString("name")))
                .containsExactly("page-2", "page-3");
        assertThat(done("GET", "/v1/users?name=%25", null).getInteger("total_count"))
                .isZero();
    }

    @Test
    void aNewPasswordEndsTheTokensFromBefore() {
        String id = people.user("pia", "viewer");
        String old = people.token("pia");
        assertRefused(
                people.call(old, "PUT", "/v1/users/" + id, "{'password':'new password'}"), 400, "current_password");
        assertRefused(
                people.call(old, "PUT", "/v1/users/" + id, "{'password':'new password','current_password':'guess'}"),
                400,
                "current_password is wrong");
        assertThat(people.call(
                                old,
                                "PUT",
                                "/v1/users/" + id,
                                "{'password':'new password','current_password':'" + People.PASSWORD + "'}")
                        .status())
                .isEqualTo(200);
        assertRefused(people.call(old, "GET", server.scripts(), null), 401, "from before the user was changed");
        assertThat(people.login("pia", People.PASSWORD, "").status()).isEqualTo(401);
        assertThat(people.login("pia", "new password", "").status()).isEqualTo(201);
    }

    @Test
    void aPasswordThatIsChangedWhileItIsLookedAtGivesNoToken() throws Exception {
        assertThat(people.user("ria", "viewer")).isNotEmpty();
        var workers = server.vertx.createSharedWorkerExecutor("passwords", 2);
        var go = new CountDownLatch(1);
        List<Future<Boolean>> busy = IntStream.range(0, 2)
                .mapToObj(i -> workers.executeBlocking(() -> go.await(30, TimeUnit.SECONDS), false))
                .toList();
        OffsetDateTime since = await(server.database
                        .client()
                        .query("SELECT clock_timestamp()")
                        .execute())
                .iterator()
                .next()
                .getOffsetDateTime(0);
        CompletableFuture<Answer> login = CompletableFuture.supplyAsync(() -> people.login("ria", People.PASSWORD, ""));
        awaitUserRead(since);
        await(server.database
                .client()
                .query("UPDATE users SET password_hash = 'another' WHERE name = 'ria'")
                .execute());
        go.countDown();
        assertThat(login.get(30, TimeUnit.SECONDS).status()).isEqualTo(401);
        assertThat(await(Future.all(busy)).succeeded()).isTrue();
    }

    private void awaitUserRead(OffsetDateTime since) {
        Instant deadline = Instant.now().plusSeconds(30);
        String reads =
                "SELECT FROM pg_stat_activity WHERE query LIKE '%u.password_hash%' AND query NOT LIKE '%activity%'"
                        + " AND state = 'idle' AND query_start > '" + since + "'";
        while (await(server.database.client().query(reads).execute()).size() == 0) {
            assertThat(Instant.now()).isBefore(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void aDisabledUserIsOutAtOnceAndComesBack() {
        String id = people.user("dora", "viewer");
        String token = people.token("dora");
        assertThat(done("PUT", "/v1/users/" + id, "{'disabled':true}").getBoolean("disabled"))
                .isTrue();
        assertRefused(people.call(token, "GET", server.scripts(), null), 401, "disabled");
        assertThat(people.login("dora", People.PASSWORD, "").status()).isEqualTo(401);
        assertThat(done("PUT", "/v1/users/" + id, "{'disabled':false}").getBoolean("disabled"))
                .isFalse();
        assertThat(people.login("dora", People.PASSWORD, "").status()).isEqualTo(201);
    }

    @Test
    void theBuiltInGroupsMeanWhatTheySay() {
        JsonArray groups = done("GET", "/v1/permission-groups?limit=3", null).getJsonArray("permission_groups");
        assertThat(groups.stream().map(group -> ((JsonObject) group).getString("id")))
                .containsExactly("administrator", "operator", "viewer");
        assertThat(groups.stream().map(group -> ((JsonObject) group).getBoolean("built_in")))
                .containsOnly(true);
        assertThat(people.user("vic", "viewer")).isNotEmpty();
        String viewer = people.token("vic");
        assertThat(people.call(viewer, "GET", server.scripts(), null).status()).isEqualTo(200);
        assertRefused(people.call(viewer, "GET", "/v1/users", null), 403, "iam:users:list");
        assertRefused(
                people.call(viewer, "GET", "/v1/access-keys?user_id=" + people.user("vicky"), null),
                403,
                "iam:accessKeys:list");
        assertRefused(people.call(viewer, "POST", server.scripts(), "{}"), 403, "workspace:scripts:create");
        assertRefused(people.call(viewer, "POST", "/v1/users", "{}"), 403, "iam:users:create");
        assertRefused(asAdmin("DELETE", "/v1/permission-groups/viewer", null), 409, "built in");
        assertRefused(asAdmin("PUT", "/v1/permission-groups/viewer", "{'name':'v'}"), 409, "built in");
    }

    @Test
    void aGroupOfOnesOwnIsChangedForAllWhoHaveIt() {
        String id = group("readers", "workspace:scripts:list");
        assertThat(people.user("gus", id)).isNotEmpty();
        String token = people.token("gus");
        String script = server.scripts() + "/x";
        assertRefused(people.call(token, "GET", script, null), 403, "workspace:scripts:get");
        JsonObject changed = done(
                "PUT",
                "/v1/permission-groups/" + id,
                "{'permissions':['workspace:scripts:get','workspace:scripts:l*']}");
        assertThat(changed.getJsonArray("permissions"))
                .isEqualTo(new JsonArray(List.of("workspace:scripts:get", "workspace:scripts:l*")));
        assertThat(done("GET", "/v1/permission-groups/" + id, null)).isEqualTo(changed);
        assertRefused(people.call(token, "GET", script, null), 404, "there is no script");
        assertThat(people.call(token, "GET", server.scripts(), null).status()).isEqualTo(200);
        assertRefused(asAdmin("DELETE", "/v1/permission-groups/" + id, null), 409, "somebody has this group");
        assertRefused(
                asAdmin("POST", "/v1/permission-groups", "{'name':'readers','permissions':['iam:*']}"), 409, "already");
        String unused = group("unused", "iam:*");
        assertThat(asAdmin("DELETE", "/v1/permission-groups/" + unused, null).status())
                .isEqualTo(204);
        assertRefused(asAdmin("GET", "/v1/permission-groups/" + unused, null), 404, "there is no permission group");
    }

    @ParameterizedTest
    @ValueSource(strings = {"administrator", "Operator", "VIEWER"})
    void aGroupOfOnesOwnDoesNotLookBuiltIn(String name) {
        String body = "{'name':'" + name + "','permissions':['workspace:scripts:list']}";
        assertRefused(asAdmin("POST", "/v1/permission-groups", body), 409, "is the name of a built-in group");
        String own = "/v1/permission-groups/" + group("harmless " + name, "workspace:scripts:list");
        assertRefused(asAdmin("PUT", own, "{'name':'" + name + "'}"), 409, "is the name of a built-in group");
        assertThat(done("PUT", own, "{'name':'night " + name + "'}").getString("name"))
                .isEqualTo("night " + name);
    }

    @Test
    void grantsAreShownReplacedAndTaken() {
        String id = people.user("gil", "operator", "workspace:scripts:create");
        String grants = "/v1/users/" + id + "/grants";
        JsonObject only = done("GET", grants, null).getJsonArray("grants").getJsonObject(0);
        assertThat(only.getString("project_id")).isEqualTo(people.project);
        assertThat(only.getJsonArray("permission_groups").getJsonObject(0).getString("id"))
                .isEqualTo("operator");
        assertThat(only.getJsonArray("permissions")).isEqualTo(new JsonArray(List.of("workspace:scripts:create")));
        people.grant(people.admin, id, people.project, "viewer");
        assertThat(done("GET", grants, null)
                        .getJsonArray("grants")
                        .getJsonObject(0)
                        .getJsonArray("permissions"))
                .isEmpty();
        String token = people.token("gil");
        assertThat(people.call(token, "GET", grants, null).status()).isEqualTo(200);
        assertRefused(
                asAdmin("PUT", grants + "/" + people.project, "{'permission_group_ids':['nobody']}"),
                400,
                "there is no permission group nobody");
        assertRefused(asAdmin("DELETE", grants + "/" + "0".repeat(32), null), 404, "there is no project");
        assertThat(asAdmin("DELETE", grants + "/" + people.project, null).status())
                .isEqualTo(204);
        assertRefused(asAdmin("DELETE", grants + "/" + people.project, null), 404, "has nothing in the project");
        assertRefused(people.call(token, "GET", server.scripts(), null), 401, "may do nothing in this project");
    }

    @Test
    void theLastAdministratorStays() {
        String me = done("GET", "/v5/caller-identity", null).getString("principal_id");
        String mine = "/v1/users/" + me;
        String grant = mine + "/grants/" + people.project;
        assertRefused(asAdmin("DELETE", grant, null), 409, "last administrator of the project 'local-1'");
        assertRefused(asAdmin("PUT", grant, People.granting("viewer")), 409, "last administrator");
        assertRefused(asAdmin("DELETE", mine, null), 409, "nobody can delete themselves");
        assertRefused(asAdmin("PUT", mine, "{'disabled':true}"), 409, "nobody can disable");
        String other = people.user("second", "administrator");
        assertThat(done("PUT", "/v1/users/" + other, "{'disabled':true}")).isNotNull();
        assertRefused(asAdmin("DELETE", grant, null), 409, "last administrator");
        assertThat(done("PUT", "/v1/users/" + other, "{'disabled':false}")).isNotNull();
        server.moveClock(1);
        String token = people.token("second");
        assertThat(people.call(token, "PUT", grant, People.granting("viewer")).status())
                .isEqualTo(200);
        assertRefused(asAdmin("POST", "/v1/users", "{}"), 403, "iam:users:create");
        people.grant(token, me, people.project, "administrator");
        assertThat(asAdmin("DELETE", "/v1/users/" + other, null).status()).isEqualTo(204);
    }

    @Test
    void everybodyHasTheirOwnAccessKeys() {
        assertThat(people.user("kim", "viewer")).isNotEmpty();
        String token = people.token("kim");
        JsonObject made = people.done(token, "POST", "/v1/access-keys", "{'description':'mine'," + OWN + "}");
        assertThat(made.getString("secret_key")).hasSize(40);
        JsonObject list = people.done(token, "GET", "/v1/access-keys", null);
        assertThat(list.encode()).contains(made.getString("access_key")).doesNotContain(made.getString("secret_key"));
        String path = "/v1/access-keys/" + made.getString("access_key");
        assertThat(people.done(token, "PUT", path, "{'disabled':true}").getBoolean("disabled"))
                .isTrue();
        for (int i = 1; i < 10; i++) {
            assertThat(people.done(token, "POST", "/v1/access-keys", "{" + OWN + "}")
                            .fieldNames())
                    .contains("secret_key");
        }
        assertRefused(people.call(token, "POST", "/v1/access-keys", "{" + OWN + "}"), 409, "10 access keys");
        assertThat(people.call(token, "DELETE", path, null).status()).isEqualTo(204);
        assertRefused(people.call(token, "DELETE", path, null), 404, "there is no access key");
    }

    @Test
    void aProjectIsMadeFoundRenamedAndDeletedWhenEmpty() {
        String id = people.project("branch");
        String path = "/v1/projects/" + id;
        assertRefused(asAdmin("POST", "/v1/projects", "{'name':'branch'}"), 409, "'branch' already");
        assertThat(done("PUT", path, "{'name':'twig','description':'small'}").getString("name"))
                .isEqualTo("twig");
        assertThat(done("GET", "/v3/projects?name=twig", null)
                        .getJsonArray("projects")
                        .getJsonObject(0)
                        .getString("description"))
                .isEqualTo("small");
        assertThat(done("GET", "/v1/projects?name=twig", null).getInteger("total_count"))
                .isOne();
        assertRefused(asAdmin("PUT", path, "{'name':'local-1'}"), 409, "'local-1' already");
        String there = people.login(
                        server.credentials.userName(),
                        server.credentials.password(),
                        ",'scope':{'project':{'name':'twig'}}")
                .header("X-Subject-Token");
        String script = people.done(
                        there, "POST", "/v2/" + id + "/scripts", "{'name':'s','type':'SHELL','content':'true'}")
                .getString("script_id");
        assertThat(script).isNotEmpty();
        assertRefused(asAdmin("DELETE", path, null), 409, "the project is not empty");
        String empty = people.project("empty");
        assertThat(asAdmin("DELETE", "/v1/projects/" + empty, null).status()).isEqualTo(204);
        assertRefused(asAdmin("GET", "/v1/projects/" + empty, null), 404, "there is no project");
        assertThat(Set.of(people.project("empty"))).doesNotContain(empty);
    }
}
