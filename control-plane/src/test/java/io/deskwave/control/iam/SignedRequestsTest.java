package io.deskwave.control.iam;

import static io.deskwave.control.script.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Caller;
import io.deskwave.control.script.TestServer;
import io.deskwave.control.script.TestServer.Answer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests signed with access keys, over real sockets. */
class SignedRequestsTest {
    private static final String NOON = "20261121T120000Z";
    private static final String SCRIPT = "{\"name\":\"n\",\"type\":\"SHELL\",\"content\":\"true\"}";
    private TestServer server;
    private People people;

    @BeforeEach
    void start(@TempDir Path folder) {
        server = new TestServer(folder);
        people = new People(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Answer signed(String stamp, String method, String target, String body, String... more) {
        return people.signed(
                server.credentials.accessKey(), server.credentials.secretKey(), stamp, method, target, body, more);
    }

    private Answer wrong() {
        return people.signed(server.credentials.accessKey(), "guess", NOON, "GET", server.scripts(), "");
    }

    private static void assert401(Answer answer, String message) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(401);
        assertThat(answer.message()).contains(message);
    }

    @Test
    void findsTheProjectWithoutNamingOne() {
        Answer answer = signed(NOON, "GET", "/v3/projects?name=local-1", "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().getJsonArray("projects")).hasSize(1);
        assertThat(answer.header("X-IAM-Trace-Id")).isNotEmpty();
        assertThat(signed(NOON, "GET", "/v3/auth/domains", "", "X-Domain-Id", "any")
                        .json()
                        .getJsonArray("domains"))
                .hasSize(1);
    }

    @Test
    void aChangeIsTakenOnceAndAtTheSameMomentAgain() {
        assertThat(signed(NOON, "POST", server.scripts(), SCRIPT).status()).isEqualTo(200);
        assertThat(signed(NOON, "POST", server.scripts(), SCRIPT).status())
                .as("a program that does the same twice in a second")
                .isEqualTo(200);
        server.moveClock(6);
        assert401(signed(NOON, "POST", server.scripts(), SCRIPT), "this very request was taken already");
        assertThat(signed("20261121T120006Z", "POST", server.scripts(), SCRIPT).status())
                .isEqualTo(200);
    }

    @Test
    void aReadMayBeRepeatedWithinTheTolerance() {
        assertThat(signed(NOON, "GET", server.scripts(), "").status()).isEqualTo(200);
        server.moveClock(15 * 60);
        assertThat(signed(NOON, "GET", server.scripts(), "").status()).isEqualTo(200);
        server.moveClock(1);
        assert401(signed(NOON, "GET", server.scripts(), ""), "the server's time is 20261121T121501Z");
    }

    @Test
    void fiveWrongSignaturesLockTheKeyForFiveMinutes() {
        for (int i = 0; i < 5; i++) {
            assert401(wrong(), "the signature does not fit the request");
        }
        assert401(signed(NOON, "GET", server.scripts(), ""), "AK access failed to reach the limit");
        server.moveClock(5 * 60);
        assertThat(signed(NOON, "GET", server.scripts(), "").status()).isEqualTo(200);
    }

    @Test
    void aWrongClockOrAGoodSignatureIsNoStepToTheLock() {
        for (int i = 0; i < 4; i++) {
            assert401(wrong(), "does not fit");
        }
        for (int i = 0; i < 3; i++) {
            assert401(signed("20261121T110000Z", "GET", server.scripts(), ""), "more than 15 minutes off");
        }
        assertThat(signed(NOON, "GET", server.scripts(), "").status()).isEqualTo(200);
        for (int i = 0; i < 4; i++) {
            assert401(wrong(), "does not fit");
        }
        assertThat(signed(NOON, "GET", server.scripts(), "").status()).isEqualTo(200);
    }

    @Test
    void temporaryKeysAreRefusedInClearWords() {
        assert401(
                signed(NOON, "GET", server.scripts(), "", "X-Security-Token", "t"),
                "temporary access keys (X-Security-Token) are not supported");
        Answer both = server.send("GET", server.scripts(), null, "X-Security-Token", "t", "X-Auth-Token", people.admin);
        assertThat(both.status()).isEqualTo(200);
    }

    @Test
    void unknownAndDisabledKeysLookTheSame() {
        Answer unknown = people.signed("DWUNKNOWN0000000000", "x", NOON, "GET", server.scripts(), "");
        JsonObject key = people.done(
                people.admin,
                "POST",
                "/v1/access-keys",
                "{'current_password':'" + server.credentials.password() + "'}");
        String accessKey = key.getString("access_key");
        String secret = key.getString("secret_key");
        assertThat(people.signed(accessKey, secret, NOON, "GET", server.scripts(), "")
                        .status())
                .isEqualTo(200);
        JsonObject disabled = people.done(people.admin, "PUT", "/v1/access-keys/" + accessKey, "{'disabled':true}");
        assertThat(disabled.getBoolean("disabled")).isTrue();
        Answer off = people.signed(accessKey, secret, NOON, "GET", server.scripts(), "");
        assert401(off, "the access key is unknown or disabled");
        assertThat(off.message()).isEqualTo(unknown.message());
    }

    @Test
    void theNamedProjectMustBeTheOneThatIsActedIn() {
        Answer answer = signed(NOON, "GET", "/v1/users", "", "X-Project-Id", "0".repeat(32));
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.message()).contains("your credentials are for another project");
        assertThat(signed(NOON, "GET", "/v1/users", "", "X-Project-Id", people.project)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void anUnfilledProjectIsExplained() throws IOException {
        for (String path : new String[] {"/v2/{project_id}/scripts", "/v2/%7Bproject_id%7D/scripts"}) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Auth-Token: "
                                        + people.admin + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 400 ")
                        .contains("the path has no project id", "withProjectId");
            }
        }
    }

    @Test
    void whoWatchesWithAKeyIsKnownByItAndGoesWithIt() {
        Promise<Caller> known = Promise.promise();
        server.door.operations().on("ListScriptRecords", call -> {
            known.tryComplete(call.caller());
            return Future.succeededFuture(
                    ApiAnswer.ok(new JsonObject().put("count", 0).put("script_records", new JsonArray())));
        });
        JsonObject key = people.done(
                people.admin, "POST", "/v1/access-keys", "{'user_id':'" + people.user("watcher", "viewer") + "'}");
        Answer answer = people.signed(
                key.getString("access_key"),
                key.getString("secret_key"),
                NOON,
                "GET",
                "/v2/" + people.project + "/script-execution-records",
                "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        Caller watching = await(known.future());
        assertThat(watching.accessKey()).isEqualTo(key.getString("access_key"));
        assertThat(await(server.tokens.renew(watching))).isEqualTo(watching);

        String path = "/v1/access-keys/" + key.getString("access_key");
        JsonObject unused = people.done(people.admin, "PUT", path, "{'disabled':true}");
        assertGone(watching);
        JsonObject unusedEither = people.done(people.admin, "PUT", path, "{'disabled':false}");
        assertThat(await(server.tokens.renew(watching))).isEqualTo(watching);
        assertThat(people.call(people.admin, "DELETE", path, null).status()).isEqualTo(204);
        assertGone(watching);
    }

    private void assertGone(Caller watching) {
        Throwable cause =
                await(server.tokens.renew(watching).transform(renewed -> Future.succeededFuture(renewed.cause())));
        assertThat(cause).isInstanceOf(ApiException.Unauthorized.class).hasMessageContaining("unknown or disabled");
    }

    @Test
    void aKeyDiesWithItsUser() {
        String id = people.user("robot", "viewer");
        String token = people.token("robot");
        JsonObject key = people.done(
                token,
                "POST",
                "/v1/access-keys",
                "{'description':'nightly','current_password':'" + People.PASSWORD + "'}");
        String accessKey = key.getString("access_key");
        String secret = key.getString("secret_key");
        assertThat(people.signed(accessKey, secret, NOON, "GET", server.scripts(), "")
                        .status())
                .isEqualTo(200);
        JsonObject unused = people.done(people.admin, "PUT", "/v1/users/" + id, "{'disabled':true}");
        assert401(
                people.signed(accessKey, secret, NOON, "GET", server.scripts(), ""),
                "the access key is unknown or disabled");
        assert401(people.call(token, "GET", server.scripts(), null), "the user is disabled");
        assertThat(await(server.database
                                .client()
                                .query("SELECT FROM access_keys WHERE wrapped_secret = convert_to('" + secret
                                        + "', 'UTF8')")
                                .execute())
                        .size())
                .isZero();
    }
}
