package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.script.TestServer;
import io.deskwave.control.script.TestServer.Answer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Ways to more than one has, all closed; and two projects whose people do not reach each other's things. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EscalationTest {
    private TestServer server;
    private People people;
    private String adminId;
    private String keeperId;
    private String keeper;
    private String second;
    private String neighbour;

    @BeforeAll
    void start(@TempDir Path folder) {
        server = new TestServer(folder);
        people = new People(server);
        adminId = people.done(people.admin, "GET", "/v5/caller-identity", null).getString("principal_id");
        keeperId = people.user("keeper", "operator", "iam:*");
        keeper = people.token("keeper");
        second = people.project("second");
        String id = people.user("neighbour");
        people.grant(people.admin, id, second, "administrator");
        neighbour = people.token("neighbour", second);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private void assertForbidden(String token, String method, String path, @Nullable String body, String message) {
        Answer answer = people.call(token, method, path, body);
        assertThat(answer.status())
                .as(method + " " + path + ": " + answer.text())
                .isEqualTo(403);
        assertThat(answer.message()).contains(message);
        assertThat(answer.json().getString("encoded_authorization_message")).isNotEmpty();
    }

    private void assertNotThere(String token, String method, String path, @Nullable String body) {
        Answer answer = people.call(token, method, path, body);
        assertThat(answer.status())
                .as(method + " " + path + ": " + answer.text())
                .isEqualTo(404);
    }

    @Test
    void nobodyGrantsWhatTheyDoNotHave() {
        String path = "/v1/users/" + people.user("friend") + "/grants/" + people.project;
        assertForbidden(keeper, "PUT", path, People.granting("administrator"), "nobody can give");
        assertForbidden(keeper, "PUT", path, People.granting("workspace:*"), "nobody can give");
        assertForbidden(keeper, "PUT", path, People.granting("workspace:scripts:create"), "nobody can give");
        assertThat(people.call(keeper, "PUT", path, People.granting("operator", "iam:users:get"))
                        .status())
                .isEqualTo(200);
        assertForbidden(
                keeper,
                "PUT",
                "/v1/users/" + keeperId + "/grants/" + people.project,
                People.granting("administrator"),
                "nobody can give");
    }

    @Test
    void nobodyTakesFromTheMightier() {
        String grant = "/v1/users/" + adminId + "/grants/" + people.project;
        assertForbidden(keeper, "DELETE", grant, null, "nobody can give or take");
        assertForbidden(keeper, "PUT", grant, People.granting("viewer"), "nobody can give or take");
    }

    @Test
    void nobodyBecomesTheMightier() {
        String mightier = "/v1/users/" + adminId;
        assertForbidden(keeper, "PUT", mightier, "{'password':'taken over'}", "that you may not do yourself");
        assertForbidden(keeper, "PUT", mightier, "{'disabled':true}", "that you may not do yourself");
        assertForbidden(keeper, "DELETE", mightier, null, "that you may not do yourself");
        assertForbidden(
                keeper, "POST", "/v1/access-keys", "{'user_id':'" + adminId + "'}", "that you may not do yourself");
        String key = "/v1/access-keys/" + server.credentials.accessKey();
        assertForbidden(keeper, "PUT", key, "{'disabled':true}", "that you may not do yourself");
        assertForbidden(keeper, "DELETE", key, null, "that you may not do yourself");
    }

    @Test
    void aDisabledMightierUserIsNoDoorEither() {
        String id = people.user("asleep", "administrator");
        JsonObject asleep = people.done(people.admin, "PUT", "/v1/users/" + id, "{'disabled':true}");
        assertThat(asleep.getBoolean("disabled")).isTrue();
        assertForbidden(
                keeper,
                "PUT",
                "/v1/users/" + id,
                "{'disabled':false,'password':'taken over'}",
                "that you may not do yourself");
    }

    @Test
    void groupsAreNoWayAround() {
        assertForbidden(
                keeper, "POST", "/v1/permission-groups", "{'name':'all','permissions':['workspace:*']}", "may not do");
        String own = people.done(
                        keeper, "POST", "/v1/permission-groups", "{'name':'own','permissions':['iam:users:get']}")
                .getString("id");
        people.grant(keeper, keeperId, people.project, "operator", "iam:*", own);
        assertForbidden(keeper, "PUT", "/v1/permission-groups/" + own, "{'permissions':['workspace:*']}", "may not do");
        String mighty = people.done(
                        people.admin,
                        "POST",
                        "/v1/permission-groups",
                        "{'name':'mighty','permissions':['workspace:*']}")
                .getString("id");
        assertForbidden(
                keeper, "PUT", "/v1/permission-groups/" + mighty, "{'permissions':['iam:users:get']}", "may not do");
    }

    @Test
    void aGroupUsedElsewhereIsChangedByWhoIsMightyThere() {
        String shared = people.done(
                        people.admin,
                        "POST",
                        "/v1/permission-groups",
                        "{'name':'shared','permissions':['iam:users:get']}")
                .getString("id");
        String id = people.user("guest");
        people.grant(people.admin, id, second, shared);
        assertForbidden(
                keeper,
                "PUT",
                "/v1/permission-groups/" + shared,
                "{'permissions':['iam:users:get','iam:users:list']}",
                "where it is used");
    }

    @Test
    void withoutThePermissionOthersAreOutOfReach() {
        assertThat(people.user("plain", "workspace:scripts:list")).isNotEmpty();
        String plain = people.token("plain");
        assertForbidden(plain, "GET", "/v1/users", null, "iam:users:list");
        assertForbidden(plain, "GET", "/v1/users/" + adminId, null, "iam:users:get");
        assertForbidden(plain, "PUT", "/v1/users/" + keeperId, "{'disabled':true}", "iam:users:update");
        assertForbidden(plain, "GET", "/v1/users/" + adminId + "/grants", null, "iam:grants:list");
        assertForbidden(plain, "GET", "/v1/access-keys?user_id=" + adminId, null, "iam:accessKeys:list");
        assertForbidden(plain, "POST", "/v1/access-keys", "{'user_id':'" + keeperId + "'}", "iam:accessKeys:create");
        assertForbidden(plain, "POST", "/v1/projects", "{'name':'own'}", "iam:projects:create");
        assertForbidden(plain, "GET", "/v1/projects/" + people.project, null, "iam:projects:get");
    }

    private JsonObject keyOf(String userId) {
        return people.done(keeper, "POST", "/v1/access-keys", "{'user_id':'" + userId + "'}");
    }

    private int statusWith(JsonObject key) {
        return people.signed(
                        key.getString("access_key"),
                        key.getString("secret_key"),
                        "20261121T120000Z",
                        "GET",
                        server.scripts(),
                        "")
                .status();
    }

    @Test
    void aKeyForSomebodyElseDoesNotGrowWithThem() {
        String id = people.user("rising", "viewer");
        JsonObject key = keyOf(id);
        people.grant(people.admin, id, people.project, "workspace:scripts:list");
        assertThat(statusWith(key)).as("less is no reason").isEqualTo(200);
        people.grant(people.admin, id, people.project, "administrator");
        assertThat(statusWith(key)).isEqualTo(401);
    }

    @Test
    void aKeyOfTheProjectsAdministratorStays() {
        String id = people.user("served", "viewer");
        JsonObject key = people.done(people.admin, "POST", "/v1/access-keys", "{'user_id':'" + id + "'}");
        people.grant(people.admin, id, people.project, "operator");
        assertThat(statusWith(key)).isEqualTo(200);
    }

    @Test
    void aKeyForSomebodyElseDoesNotGrowWithTheirGroup() {
        String group = people.done(
                        people.admin,
                        "POST",
                        "/v1/permission-groups",
                        "{'name':'growing','permissions':['workspace:scripts:list']}")
                .getString("id");
        JsonObject key = keyOf(people.user("member", group));
        assertThat(statusWith(key)).isEqualTo(200);
        JsonObject unused = people.done(
                people.admin,
                "PUT",
                "/v1/permission-groups/" + group,
                "{'permissions':['workspace:scripts:list','workspace:scripts:create']}");
        assertThat(statusWith(key)).isEqualTo(401);
    }

    @Test
    void aNewPasswordEndsTheKeysThatOthersMade() {
        String id = people.user("rescued", "viewer");
        JsonObject foreign = keyOf(id);
        JsonObject own = people.done(
                people.token("rescued"), "POST", "/v1/access-keys", "{'current_password':'" + People.PASSWORD + "'}");
        JsonObject unused = people.done(people.admin, "PUT", "/v1/users/" + id, "{'password':'a new password'}");
        assertThat(statusWith(foreign)).isEqualTo(401);
        assertThat(statusWith(own)).isEqualTo(200);
    }

    @Test
    void aFoundTokenDoesNotBecomeAKey() {
        String id = people.user("loser", "viewer");
        String found = people.token("loser");
        JsonObject key = keyOf(id);
        String path = "/v1/access-keys/" + key.getString("access_key");
        assertAsksForThePassword(found, "POST", "/v1/access-keys", "'user_id':'" + id + "'");
        assertThat(people.call(found, "PUT", path, "{'disabled':true}").status())
                .isEqualTo(200);
        assertAsksForThePassword(found, "PUT", path, "'disabled':false");
        String right = "{'disabled':false,'current_password':'" + People.PASSWORD + "'}";
        assertThat(people.call(found, "PUT", path, right).status()).isEqualTo(200);
        Answer signed = people.signed(
                key.getString("access_key"),
                key.getString("secret_key"),
                "20261121T120000Z",
                "POST",
                "/v1/access-keys",
                "{}");
        assertThat(signed.status()).as(signed.text()).isEqualTo(201);
    }

    private void assertAsksForThePassword(String token, String method, String path, String body) {
        Answer none = people.call(token, method, path, "{" + body + "}");
        assertThat(none.status()).as(none.text()).isEqualTo(400);
        assertThat(none.message()).contains("current_password is missing");
        Answer wrong = people.call(token, method, path, "{" + body + ",'current_password':'guess'}");
        assertThat(wrong.status()).as(wrong.text()).isEqualTo(400);
        assertThat(wrong.message()).contains("current_password is wrong");
    }

    @Test
    void anotherProjectDoesNotExist() {
        assertNotThere(keeper, "GET", "/v1/projects/" + second, null);
        assertNotThere(keeper, "PUT", "/v1/projects/" + second, "{'name':'mine'}");
        assertNotThere(keeper, "DELETE", "/v1/projects/" + second, null);
        assertNotThere(keeper, "PUT", "/v1/users/" + keeperId + "/grants/" + second, People.granting("administrator"));
        assertThat(people.done(keeper, "GET", "/v3/projects", null).getJsonArray("projects"))
                .hasSize(1);
        assertThat(people.done(neighbour, "GET", "/v3/projects?name=local-1", null)
                        .getJsonArray("projects"))
                .isEmpty();
        assertForbidden(keeper, "GET", "/v2/" + second + "/scripts", null, "another project");
        assertForbidden(neighbour, "GET", server.scripts(), null, "another project");
    }

    @Test
    void anAdministratorOfOneProjectIsNobodyInTheOther() {
        assertForbidden(
                neighbour, "PUT", "/v1/users/" + keeperId, "{'password':'taken over'}", "that you may not do yourself");
        assertNotThere(
                neighbour, "PUT", "/v1/users/" + keeperId + "/grants/" + people.project, People.granting("viewer"));
        assertThat(people.done(neighbour, "GET", "/v1/users/" + adminId + "/grants", null)
                        .getJsonArray("grants"))
                .as("only what concerns their own project")
                .hasSize(1);
        String script = people.done(
                        people.admin, "POST", server.scripts(), "{'name':'s','type':'SHELL','content':'true'}")
                .getString("script_id");
        assertNotThere(neighbour, "GET", "/v2/" + second + "/scripts/" + script, null);
        assertNotThere(neighbour, "DELETE", "/v2/" + second + "/scripts/" + script, null);
    }

    @Test
    void aUserWithDifferentGrantsIsSomebodyElseInEachProject() {
        String id = people.user("both", "viewer");
        people.grant(people.admin, id, second, "administrator");
        String body = "{'name':'s','type':'SHELL','content':'true'}";
        assertForbidden(people.token("both"), "POST", server.scripts(), body, "workspace:scripts:create");
        String there = people.token("both", second);
        assertThat(people.call(there, "POST", "/v2/" + second + "/scripts", body)
                        .status())
                .isEqualTo(200);
        assertForbidden(there, "POST", server.scripts(), body, "another project");
        JsonObject key =
                people.done(there, "POST", "/v1/access-keys", "{'current_password':'" + People.PASSWORD + "'}");
        Answer signed = people.signed(
                key.getString("access_key"),
                key.getString("secret_key"),
                "20261121T120000Z",
                "DELETE",
                server.scripts() + "/x",
                "");
        assertThat(signed.status()).as(signed.text()).isEqualTo(403);
    }
}
