package io.deskwave.control.script;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.contract.FilterTable;
import io.deskwave.control.script.TestServer.Answer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScriptApiTest {
    private static final String GOOD = "{\"name\":\"n\",\"type\":\"SHELL\",\"content\":\"echo hi\"}";
    private TestServer server;
    private String token;

    @BeforeAll
    void start(@TempDir Path folder) {
        server = new TestServer(folder);
        token = server.token();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private Answer send(String method, String target, @Nullable String body) {
        return server.send(method, target, body, "X-Auth-Token", token);
    }

    @CanIgnoreReturnValue
    private String create(String name, String type, String content) {
        Answer answer = send(
                "POST",
                server.scripts(),
                new JsonObject()
                        .put("name", name)
                        .put("type", type)
                        .put("content", content)
                        .encode());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().getString("script_id");
    }

    private JsonObject show(String id) {
        Answer answer = send("GET", server.scripts() + "/" + id, null);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void storesAndShowsAScript() {
        String id = create("first 中", "POWERSHELL", "Get-Date \uD83D\uDE00\n");

        JsonObject shown = show(id);
        assertThat(shown.getString("id")).isEqualTo(id);
        assertThat(shown.getString("name")).isEqualTo("first 中");
        assertThat(shown.getString("type")).isEqualTo("POWERSHELL");
        assertThat(shown.getString("content")).isEqualTo("Get-Date \uD83D\uDE00\n");
        assertThat(shown.getString("description")).isEmpty();
        assertThat(shown.getString("version")).isEmpty();
        assertThat(shown.getString("create_time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    }

    @Test
    void findsByEveryTwoFilters() {
        String one = create("Pair of shoes", "SHELL", "x");
        create("pair of hats", "BAT", "x");
        create("100% PAIR", "SHELL", "x");
        new FilterTable(
                        query -> send("GET", server.scripts() + "?" + query, null)
                                .json(),
                        "scripts",
                        "count",
                        "id",
                        100)
                .filter("id=" + one, row -> row.getString("id").equals(one))
                .filter("id=nonsense", row -> false)
                .filter(
                        "name=pair",
                        row -> row.getString("name").toLowerCase(Locale.ROOT).contains("pair"))
                .filter("name=0%25+P", row -> row.getString("name").equals("100% PAIR"))
                .filter("type=BAT", row -> row.getString("type").equals("BAT"))
                .filter("type=SHELL", row -> row.getString("type").equals("SHELL"))
                .check();
    }

    @Test
    void takesTheLongestText() {
        String id = create("long", "BAT", "\uD83D\uDE00".repeat(100_000));
        assertThat(show(id).getString("content")).hasSize(200_000);
    }

    @Test
    void keepsWhatAnUpdateLeavesOut() {
        String id = send(
                        "POST",
                        server.scripts(),
                        "{\"name\":\"n\",\"type\":\"SHELL\",\"content\":\"a\",\"description\":\"d\",\"version\":\"1\","
                                + "\"success_codes\":[0,3221225786]}")
                .json()
                .getString("script_id");

        Answer update = send("PUT", server.scripts() + "/" + id, "{\"name\":\"m\",\"content\":\"b\",\"version\":null}");

        assertThat(update.status()).isEqualTo(204);
        assertThat(update.text()).isEmpty();
        JsonObject shown = show(id);
        assertThat(shown.getString("name")).isEqualTo("m");
        assertThat(shown.getString("content")).isEqualTo("b");
        assertThat(shown.getString("description")).isEqualTo("d");
        assertThat(shown.getString("version")).isEqualTo("1");
        assertThat(shown.getJsonArray("success_codes"))
                .isEqualTo(new JsonArray().add(0).add(-1073741510));
    }

    @Test
    void listsTheNewestFirstAndFilters() {
        String a = create("Filter-Alpha", "SHELL", "a");
        String b = create("filter-beta 100%", "BAT", "b");

        Answer both = send("GET", server.scripts() + "?name=FILTER-&limit=5&status", null);
        assertThat(both.status()).isEqualTo(400);
        Answer found = send("GET", server.scripts() + "?name=FILTER-&limit=5&id=&type", null);
        assertThat(found.json().getInteger("count")).isEqualTo(2);
        assertThat(ids(found)).containsExactly(b, a);
        assertThat(found.json().getJsonArray("scripts").getJsonObject(0).containsKey("content"))
                .isFalse();
        assertThat(ids(send("GET", server.scripts() + "?name=FILTER-&offset=1&limit=1", null)))
                .containsExactly(a);
        assertThat(ids(send("GET", server.scripts() + "?name=FILTER-&type=BAT", null)))
                .containsExactly(b);
        assertThat(ids(send("GET", server.scripts() + "?name=0%25", null))).containsExactly(b);
        assertThat(ids(send("GET", server.scripts() + "?id=" + a, null))).containsExactly(a);
        Answer vendorId = send("GET", server.scripts() + "?id=923438311391891456", null);
        assertThat(vendorId.json().getInteger("count")).isZero();
    }

    private static List<String> ids(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().getJsonArray("scripts").stream()
                .map(row -> ((JsonObject) row).getString("id"))
                .toList();
    }

    @Test
    void deletedScriptsVanishButTasksShowWhatTheyRan() {
        String id = create("gone", "SHELL", "version one");
        UUID task = taskThatRan(id, 1);
        assertThat(send("PUT", server.scripts() + "/" + id, "{\"name\":\"gone\",\"content\":\"version two\"}")
                        .status())
                .isEqualTo(204);
        assertThat(send("DELETE", server.scripts() + "/" + id, null).status()).isEqualTo(204);

        assertThat(send("GET", server.scripts() + "/" + id, null).status()).isEqualTo(404);
        assertThat(send("DELETE", server.scripts() + "/" + id, null).status()).isEqualTo(404);
        assertThat(send("PUT", server.scripts() + "/" + id, "{\"name\":\"x\",\"content\":\"y\"}")
                        .status())
                .isEqualTo(404);
        assertThat(ids(send("GET", server.scripts() + "?id=" + id, null))).isEmpty();
        Answer asRun = send("GET", server.scripts() + "/" + id + "?script_task_id=" + task, null);
        assertThat(asRun.status()).as(asRun.text()).isEqualTo(200);
        assertThat(asRun.json().getString("content")).isEqualTo("version one");
        assertThat(send("GET", server.scripts() + "/" + id + "?script_task_id=" + UUID.randomUUID(), null)
                        .status())
                .isEqualTo(404);
    }

    private UUID taskThatRan(String script, int version) {
        UUID task = UUID.randomUUID();
        String insertTask =
                """
                INSERT INTO execution_tasks (id, project_id, task_type, resource_ids, start_timeout, execution_timeout,
                                             gate, total, created_by, created_at)
                VALUES ($1, $2, 'SCRIPT', '{}', 10, 1, 'NONE', 1, 'test', now())""";
        String insertScript =
                "INSERT INTO execution_task_scripts (task_id, script_index, script_id, version_no) VALUES ($1, 0, $2, $3)";
        var client = server.database.client();
        var rows = TestServer.await(client.preparedQuery(insertTask)
                .execute(Tuple.of(task, server.credentials.projectId()))
                .compose(done ->
                        client.preparedQuery(insertScript).execute(Tuple.of(task, UUID.fromString(script), version))));
        assertThat(rows.rowCount()).isEqualTo(1);
        return task;
    }

    @Test
    void findsWhatATaskCanRunInTheCallersOrder() {
        UUID a = UUID.fromString(create("a", "SHELL", "a"));
        UUID b = UUID.fromString(create("b", "BAT", "b"));
        var store = new ScriptStore();
        var found = TestServer.await(store.findRunnable(
                server.database.client(), server.credentials.projectId(), List.of(b, UUID.randomUUID(), a, b)));
        assertThat(found).extracting(RunnableScript::id).containsExactly(b, a, b);
        assertThat(TestServer.await(store.findRunnable(server.database.client(), "0".repeat(32), List.of(a))))
                .isEmpty();
        assertThat(TestServer.await(new Scripts(server.database, store).text(server.database.client(), a, 1)))
                .isEqualTo("a");
    }

    @Test
    void concurrentUpdatesEachMakeAVersion() {
        String id = create("raced", "SHELL", "0");
        var scripts = new Scripts(server.database, new ScriptStore());
        var all = java.util.stream.IntStream.range(0, 8)
                .mapToObj(i -> scripts.update(
                        server.credentials.projectId(),
                        UUID.fromString(id),
                        ScriptDraft.of(new JsonObject().put("name", "raced").put("content", "v" + i))))
                .toList();
        assertThat(TestServer.await(io.vertx.core.Future.join(all)).succeeded()).isTrue();
        Script last = TestServer.await(scripts.get(server.credentials.projectId(), UUID.fromString(id)));
        assertThat(last.versionNo()).isEqualTo(9);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{}|name is missing: send it",
                "{'name':'n','type':'SHELL'}|content is missing: send it",
                "{'name':null,'type':'SHELL','content':'c'}|name is missing: send it",
                "{'name':5,'type':'SHELL','content':'c'}|name must be text in quotes",
                "{'name':'','type':'SHELL','content':'c'}|name must have at least 1 character",
                "{'name':'n','type':'shell','content':'c'}|type must be one of POWERSHELL, BAT, SHELL",
                "{'name':'n','type':'SHELL','content':''}|content must have at least 1 character",
                "{'name':'n','type':'SHELL','content':'c','descripton':'d'}|unknown field 'descripton': did you mean description?",
                "{'name':'n','type':'SHELL','content':'c','success_codes':['0']}|success_codes[0] must be a whole number",
                "{'name':'n','type':'SHELL','content':'c','success_codes':[]}|success_codes must have at least 1 entry",
                "{'name':'n\\u0000','type':'SHELL','content':'c'}|name must not contain the character U+0000",
                "[]|the body must be a JSON object",
                "null|the body must be a JSON object",
                "7|the body must be a JSON object",
                "{'name':'n'|the body is not valid JSON",
                "{'name':'n','type':'SHELL','content':'c'} x|the body is not valid JSON",
            })
    void refusesABadCreate(String body, String message) {
        assertRefused(send("POST", server.scripts(), body.replace('\'', '"')), 400, "WKS.00211102", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'name':'n'}|content is missing: send it",
                "{'name':'n','content':'c','type':'BAT'}|unknown field 'type'",
                "{'name':'n','content':7}|content must be text in quotes",
                "'x'|the body must be a JSON object",
            })
    void refusesABadUpdate(String body, String message) {
        String id = create("u", "SHELL", "u");
        assertRefused(send("PUT", server.scripts() + "/" + id, body.replace('\'', '"')), 400, "WKS.00211102", message);
    }

    @Test
    void refusesWhatIsTooLong() {
        String text = "{\"name\":\"n\",\"type\":\"SHELL\",\"content\":\"" + "x".repeat(100_001) + "\"}";
        assertRefused(
                send("POST", server.scripts(), text),
                400,
                "WKS.00211102",
                "content must have at most 100000 characters");
        String huge = "{\"name\":\"" + "x".repeat(3_000_000) + "\"}";
        assertRefused(send("POST", server.scripts(), huge), 413, "WKS.00211102", "larger than");
        assertRefused(send("POST", server.scripts(), null), 400, "WKS.00211102", "the body is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "?limt=1|unknown query parameter 'limt': did you mean limit?",
                "?xyzzyxyzzyxyzzy=1|unknown query parameter 'xyzzyxyzzyxyzzy': known are",
                "?limit=0|the query parameter limit must be a whole number from 1 to 100, not '0'",
                "?limit=101|limit must be a whole number from 1 to 100",
                "?limit=ten|limit must be a whole number from 1 to 100, not 'ten'",
                "?offset=-1|offset must be a whole number from 0",
                "?offset=99999999999|offset must be a whole number from 0",
                "?type=PYTHON|type must be one of POWERSHELL, BAT, SHELL",
                "?name=%00|name must be text of 0 to 255 characters",
            })
    void refusesABadQuery(String query, String message) {
        assertRefused(send("GET", server.scripts() + query, null), 400, "WKS.00211102", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /scripts", "POST /scripts", "GET /scripts/x", "PUT /scripts/x", "DELETE /scripts/x"})
    void guardsEveryOperation(String operation) {
        String method = operation.split(" ", 2)[0];
        String path = operation.split(" ", 2)[1];
        String here = "/v2/" + server.credentials.projectId() + path;
        String elsewhere = "/v2/" + "0".repeat(32) + path;
        String body = method.startsWith("P") ? "{not json" : null;

        assertRefused(server.send(method, here, body), 401, "WKS.00211302", "there are no credentials");
        assertRefused(
                server.send(method, here, body, "X-Auth-Token", "nonsense"),
                401,
                "WKS.00211302",
                "X-Auth-Token is not a token of this server");
        assertRefused(
                server.send(method, here, body, "Authorization", "Basic abc"), 401, "WKS.00211302", "not supported");
        assertRefused(send(method, elsewhere, body), 403, "WKS.00081102", "for another project");
        assertRefused(
                server.send(method, here, body, "X-Auth-Token", token, "X-Project-Id", "other"),
                400,
                "WKS.00211102",
                "X-Project-Id and the project of the path differ");
        assertRefused(
                send(method, "/v2/%7Bproject_id%7D" + path, body), 400, "WKS.00211102", "the path has no project id");
    }

    @Test
    void whatIsNoIdIsNotFound() {
        assertRefused(
                send("GET", server.scripts() + "/923438311391891456", null),
                404,
                "WKS.00211902",
                "there is no script 923438311391891456 in this project");
        assertRefused(send("GET", server.scripts() + "/" + UUID.randomUUID(), null), 404, "WKS.00211902", "no script");
    }

    @Test
    void anExpiredTokenSaysSo() throws Exception {
        try (TestServer own = new TestServer(java.nio.file.Files.createTempDirectory("deskwave-test-"))) {
            String old = own.token();
            assertThat(own.send("GET", own.scripts(), null, "X-Auth-Token", old).status())
                    .isEqualTo(200);
            own.moveClock(24 * 3600);
            assertRefused(
                    own.send("GET", own.scripts(), null, "X-Auth-Token", old),
                    401,
                    "WKS.00211302",
                    "X-Auth-Token expired at 2026-11-22T12:00:00Z");
        }
    }

    @Test
    void aRevokedPermissionIsNoticed() throws Exception {
        try (TestServer own = new TestServer(java.nio.file.Files.createTempDirectory("deskwave-test-"))) {
            String good = own.token();
            var client = own.database.client();
            var groups = TestServer.await(
                    client.query("DELETE FROM user_permission_groups").execute());
            assertThat(groups.rowCount()).isEqualTo(1);
            var changed = TestServer.await(
                    client.query("UPDATE user_permissions SET permissions = '{workspace:scripts:list}'")
                            .execute());
            assertThat(changed.rowCount()).isEqualTo(1);
            own.moveClock(6);
            assertThat(own.send("GET", own.scripts(), null, "X-Auth-Token", good)
                            .status())
                    .isEqualTo(200);
            assertRefused(
                    own.send("POST", own.scripts(), GOOD, "X-Auth-Token", good),
                    403,
                    "WKS.00081102",
                    "you need the permission workspace:scripts:create");
            assertThat(TestServer.await(client.query("UPDATE users SET disabled = true")
                                    .execute())
                            .rowCount())
                    .isEqualTo(1);
            own.moveClock(6);
            assertRefused(own.send("GET", own.scripts(), null, "X-Auth-Token", good), 401, "WKS.00211302", "disabled");
        }
    }

    @Test
    void aTokenWithoutSignatureIsNone() {
        String payload = token.split("\\.", 3)[1];
        String header = java.util.Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\",\"typ\":\"JWT\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertRefused(
                server.send("GET", server.scripts(), null, "X-Auth-Token", header + "." + payload + "."),
                401,
                "WKS.00211302",
                "not a token of this server");
    }

    static void assertRefused(Answer answer, int status, String code, String message) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        JsonObject body = answer.json();
        assertThat(body.getString("error_msg")).contains(message).doesNotContain("io.deskwave", "Exception");
        assertThat(body.getString("error_code")).isEqualTo(code).hasSizeLessThanOrEqualTo(12);
        assertThat(body.getString("request_id"))
                .isEqualTo(answer.header("X-Request-Id"))
                .isNotEmpty();
    }
}
