package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.script.TestServer;
import io.deskwave.control.script.TestServer.Answer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens, projects and domains in the shapes of the vendor's identity services. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IdentityApiTest {
    private TestServer server;
    private People people;
    private String second;
    private String domain;

    @BeforeAll
    void start(@TempDir Path folder) {
        server = new TestServer(folder);
        people = new People(server);
        second = people.project("local-2");
        domain = people.done(people.admin, "GET", "/v5/caller-identity", null).getString("account_id");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private Answer adminLogin(String scope) {
        return people.login(server.credentials.userName(), server.credentials.password(), scope);
    }

    private JsonArray projects(String query) {
        return people.done(people.admin, "GET", "/v3/projects" + query, null).getJsonArray("projects");
    }

    private static void assertIam(Answer answer, int status, String title, String message) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        JsonObject error = answer.json().getJsonObject("error");
        assertThat(error.getInteger("code")).isEqualTo(status);
        assertThat(error.getString("title")).isEqualTo(title);
        assertThat(error.getString("message")).contains(message);
        assertThat(answer.header("X-IAM-Trace-Id")).isNotEmpty();
    }

    @Test
    void aTokenOfAProjectIsDescribedInFull() {
        Answer answer = adminLogin(",'scope':{'project':{'name':'local-2'}}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.header("X-IAM-Trace-Id")).isNotEmpty();
        JsonObject token = answer.json().getJsonObject("token");
        JsonObject account = new JsonObject().put("id", domain).put("name", "deskwave");
        assertThat(token.getString("issued_at")).isEqualTo("2026-11-21T12:00:00.000000Z");
        assertThat(token.getString("expires_at")).isEqualTo("2026-11-22T12:00:00.000000Z");
        assertThat(token.getJsonArray("methods")).isEqualTo(new JsonArray().add("password"));
        assertThat(token.getJsonArray("catalog")).isEmpty();
        assertThat(token.getJsonArray("roles"))
                .isEqualTo(new JsonArray()
                        .add(new JsonObject().put("id", "administrator").put("name", "administrator")));
        assertThat(token.getJsonObject("project"))
                .isEqualTo(new JsonObject()
                        .put("id", second)
                        .put("name", "local-2")
                        .put("domain", account));
        assertThat(token.getJsonObject("user").getJsonObject("domain")).isEqualTo(account);
        assertThat(token.getJsonObject("user").getString("password_expires_at")).isEmpty();
        assertThat(token.containsKey("domain")).isFalse();
    }

    @Test
    void aTokenOfTheAccountFindsProjectsAndDoesNothingInThem() {
        Answer answer = adminLogin(",'scope':{'domain':{'name':'deskwave'}}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        JsonObject described = answer.json().getJsonObject("token");
        assertThat(described.getJsonObject("domain").getString("id")).isEqualTo(domain);
        assertThat(described.containsKey("project")).isFalse();
        String token = answer.header("X-Subject-Token");
        assertThat(people.done(token, "GET", "/v3/projects?name=local-1", null).getJsonArray("projects"))
                .hasSize(1);
        Answer refused = people.call(token, "GET", server.scripts(), null);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.message()).contains("your token is for the account");
        assertThat(people.call(token, "GET", "/v1/users", null).message())
                .contains("get a token with auth.scope.project");
    }

    @Test
    void aBadScopeIsExplained() {
        assertIam(adminLogin(""), 400, "Bad Request", "the user has several projects");
        assertIam(adminLogin(",'scope':{'project':{'name':'nowhere'}}"), 403, "Forbidden", "no such project");
        assertIam(adminLogin(",'scope':{'domain':{'name':'other'}}"), 403, "Forbidden", "another domain");
        assertIam(
                adminLogin(",'scope':{'domain':{'name':'deskwave'},'project':{'id':'" + second + "'}}"),
                400,
                "Bad Request",
                "not both");
        assertIam(server.send("GET", "/v3/projects", null), 401, "Unauthorized", "there are no credentials");
    }

    private Answer guess(String user) {
        String body =
                "{'auth':{'identity':{'methods':['password'],'password':{'user':{" + user + ",'password':'guess'}}}}}";
        return server.send("POST", "/v3/auth/tokens", body.replace('\'', '"'));
    }

    @Test
    void anIdBesidesTheNameIsNoWayAroundTheLimitOfGuesses() {
        String id = people.user("guessed", "viewer");
        for (int i = 0; i < 3; i++) {
            assertIam(guess("'id':'random-" + i + "','name':'guessed'"), 400, "Bad Request", "id or name, not both");
            assertIam(guess("'name':'guessed'"), 401, "Unauthorized", "or the password is wrong");
        }
        assertIam(guess("'id':'" + id + "'"), 401, "Unauthorized", "or the password is wrong");
        assertIam(guess("'id':'" + id + "'"), 401, "Unauthorized", "or the password is wrong");
        assertIam(guess("'id':'" + id + "'"), 401, "Unauthorized", "too many wrong passwords");
        assertIam(guess("'name':'guessed'"), 401, "Unauthorized", "too many wrong passwords");
    }

    @Test
    void projectsAreFilteredByEverything() {
        assertThat(projects("")).hasSize(2);
        assertThat(projects("?name=local-1")).hasSize(1);
        JsonObject one = projects(
                        "?name=local-2&enabled=true&is_domain=false&domain_id=" + domain + "&parent_id=" + domain)
                .getJsonObject(0);
        assertThat(one)
                .isEqualTo(new JsonObject()
                        .put("id", second)
                        .put("name", "local-2")
                        .put("domain_id", domain)
                        .put("parent_id", domain)
                        .put("enabled", true)
                        .put("is_domain", false)
                        .put("description", "")
                        .put("links", new JsonObject().put("self", "/v3/projects/" + second)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?name=local",
                "?enabled=false",
                "?is_domain=true",
                "?domain_id=other",
                "?parent_id=other",
                "?page=2"
            })
    void projectsThatDoNotFitAreNotFound(String query) {
        assertThat(projects(query)).isEmpty();
    }

    @Test
    void projectsComeInPages() {
        JsonObject first = people.done(people.admin, "GET", "/v3/projects?per_page=1", null);
        assertThat(first.getJsonArray("projects").getJsonObject(0).getString("name"))
                .isEqualTo("local-1");
        assertThat(first.getJsonObject("links").getValue("previous")).isNull();
        String next = first.getJsonObject("links").getString("next");
        assertThat(next).isEqualTo("/v3/projects?per_page=1&page=2");
        JsonObject last = people.done(people.admin, "GET", next, null);
        assertThat(last.getJsonArray("projects").getJsonObject(0).getString("name"))
                .isEqualTo("local-2");
        assertThat(last.getJsonObject("links").getValue("next")).isNull();
        assertThat(last.getJsonObject("links").getString("self")).isEqualTo(next);
        assertIam(
                people.call(people.admin, "GET", "/v3/projects?per_page=5001", null),
                400,
                "Bad Request",
                "per_page must be a whole number from 1 to 5000");
        assertThat(people.done(people.admin, "GET", "/v3/auth/projects", null).getJsonArray("projects"))
                .hasSize(2);
    }

    @Test
    void theDomainIsTold() {
        JsonObject only = people.done(people.admin, "GET", "/v3/auth/domains", null)
                .getJsonArray("domains")
                .getJsonObject(0);
        assertThat(only.fieldNames()).containsExactlyInAnyOrder("id", "name", "enabled", "description", "links");
        assertThat(only.getString("id")).isEqualTo(domain);
    }

    @Test
    void theCallerIsToldWhoTheyAre() {
        String id = people.user("urn", "viewer");
        assertThat(people.done(people.token("urn"), "GET", "/v5/caller-identity", null))
                .isEqualTo(new JsonObject()
                        .put("account_id", domain)
                        .put("principal_urn", "iam::" + domain + ":user:urn")
                        .put("principal_id", id));
    }

    @Test
    void aRefusalCanBeDecodedByWhoMay() {
        String id = people.user("curious", "viewer");
        Answer refused = people.call(
                people.token("curious"), "DELETE", "/v2/" + people.project + "/scripts/" + "x".repeat(100), null);
        assertThat(refused.status()).isEqualTo(403);
        String encoded = refused.json().getString("encoded_authorization_message");
        assertThat(encoded).hasSizeLessThanOrEqualTo(10_240).doesNotContain("curious");
        String body = new JsonObject().put("encoded_message", encoded).encode();

        JsonObject decoded = new JsonObject(people.done(people.admin, "POST", "/v5/decode-authorization-message", body)
                .getString("decoded_message"));
        assertThat(decoded.getBoolean("allowed")).isFalse();
        assertThat(decoded.getString("action")).isEqualTo("workspace:scripts:delete");
        assertThat(decoded.getString("project_id")).isEqualTo(people.project);
        assertThat(decoded.getString("resource")).endsWith("/scripts/" + "x".repeat(100));
        assertThat(decoded.getString("time")).isEqualTo("2026-11-21T12:00:00Z");
        assertThat(decoded.getJsonObject("principal").getString("id")).isEqualTo(id);

        Answer notAllowed = people.call(people.token("curious"), "POST", "/v5/decode-authorization-message", body);
        assertThat(notAllowed.status()).isEqualTo(403);
        assertThat(notAllowed.json().getString("error_code")).isEqualTo("STS5.0403");
    }

    @Test
    void theLongestPathStillFitsIntoARefusal() {
        String id = people.user("long", "viewer");
        assertThat(id).isNotEmpty();
        Answer refused = people.call(
                people.token("long"),
                "DELETE",
                "/v2/" + people.project + "/scripts/" + "%E4%B8%AD".repeat(1_500),
                null);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().getString("encoded_authorization_message"))
                .isNotEmpty()
                .hasSizeLessThanOrEqualTo(10_240);
    }

    @Test
    void whatIsNoRefusalIsNotDecoded() {
        for (String garbage : List.of("x", "AAAA", "%%%", "AQ" + "A".repeat(200), " ")) {
            Answer answer = people.call(
                    people.admin,
                    "POST",
                    "/v5/decode-authorization-message",
                    new JsonObject().put("encoded_message", garbage).encode());
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().getString("error_code")).isEqualTo("STS5.0400");
            assertThat(answer.message()).contains("encoded_message is not a message of this server");
        }
        Answer none = people.call(people.admin, "POST", "/v5/decode-authorization-message", "{}");
        assertThat(none.json().getString("error_code")).isEqualTo("STS5.0400");
        assertThat(none.message()).contains("encoded_message is missing");
    }
}
