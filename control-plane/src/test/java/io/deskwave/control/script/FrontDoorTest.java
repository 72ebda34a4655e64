package io.deskwave.control.script;

import static io.deskwave.control.script.ScriptApiTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.script.TestServer.Answer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FrontDoorTest {
    private TestServer server;
    private String token;
    private String project;
    private volatile JsonObject started = new JsonObject();
    private volatile Optional<Instant> listedFrom = Optional.empty();
    private final ExecutorService threads = Executors.newFixedThreadPool(60);

    @BeforeAll
    void start(@TempDir Path folder) {
        server = new TestServer(folder);
        token = server.token();
        project = "/v2/" + server.credentials.projectId();
        server.door.operations().on("ExecuteScriptOrCommand", this::start);
        server.door.operations().on("ExecuteDesktopPoolScript", this::start);
        server.door
                .operations()
                .on("StopScriptExecution", call -> Future.failedFuture(new IllegalStateException("secret")));
        server.door
                .operations()
                .on("RetryScriptExecution", call -> Future.failedFuture(new IllegalCallerException("away")));
        server.door.operations().on("ListScriptRecords", call -> {
            listedFrom = call.queryInstant("execute_time_start");
            return Future.succeededFuture(
                    ApiAnswer.ok(new JsonObject().put("count", 0).put("script_records", new JsonArray())));
        });
        server.door.operations().onRaw("DeleteDesktop", call -> {
            call.context().fail(500);
            return Future.succeededFuture();
        });
    }

    private Future<ApiAnswer> start(ApiCall call) {
        started = call.body();
        return Future.succeededFuture(ApiAnswer.ok(new JsonObject().put("task_id", "1")));
    }

    @AfterAll
    void stop() {
        threads.shutdown();
        server.close();
    }

    private Answer post(String path, String body) {
        return server.send("POST", project + path, body.replace('\'', '"'), "X-Auth-Token", token);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'gray_cont':1}|unknown field 'gray_cont': did you mean gray_count?",
                "{'grayCount':1}|unknown field 'grayCount': did you mean gray_count?",
                "{'gray_count':-1}|gray_count must be from 0 to",
                "{'gray_count':'1'}|gray_count must be a whole number",
                "{'gray_count':1e400}|gray_count must be",
                "{'execution_timeout':601}|execution_timeout must be from 0 to 600",
                "{'start_timeout':0}|start_timeout must be from 1 to 10080",
                "{'script_ids':[]}|script_ids must have at least 1 entry",
                "{'script_ids':[null]}|script_ids must not contain null",
                "{'command_type':'PYTHON'}|command_type must be one of POWERSHELL, BAT, SHELL",
                "{'post_finish':'hibernate'}|post_finish must be stop or reboot",
                "{'gray_desktop_ids':['']}|gray_desktop_ids[0] must have at least 1 character",
            })
    void refusesABadExecution(String body, String message) {
        assertRefused(post("/script-executions", body), 400, "WKS.00211102", message);
        assertRefused(post("/desktop-pools/p1/script-executions", body), 400, "WKS.00211102", message);
    }

    @Test
    void takesBothSpellingsAndDropsNulls() {
        Answer answer = post(
                "/script-executions",
                "{'command':'x','command_type':'BAT','gray_desktop_ids':['a'],'gray_count':null,'pre_start':'',"
                        + "'post_finish':'REBOOT','execution_timeout':0}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(started.containsKey("gray_count")).isFalse();
    }

    @Test
    void aBugIsTheRequestIdAndNothingElse() {
        Answer answer = server.send(
                "POST", project + "/script-executions/stop", "{}", "X-Auth-Token", token, "X-Request-Id", "mine-1");
        assertRefused(answer, 500, "WKS.00211401", "mine-1");
        assertThat(answer.text()).doesNotContain("secret");
    }

    @Test
    void whatIsTranslatedIsUnavailableForAWhile() {
        Answer answer = post("/script-executions/retry", "{}");
        assertRefused(answer, 503, "WKS.00050902", "the database is away");
        assertThat(answer.header("Retry-After")).isEqualTo("1");
    }

    @Test
    void unknownPathsAndMethodsHaveTheSameBody() {
        assertRefused(server.send("GET", "/nothing", null), 404, "WKS.00211902", "nothing at this path");
        Answer answer = server.send("PATCH", server.scripts(), "{}", "X-Auth-Token", token);
        assertRefused(answer, 405, "WKS.00000405", "PATCH");
        assertThat(answer.header("Allow")).isEqualTo("GET, POST");
        assertRefused(
                server.send("GET", project + "/script-execution-tasks", null, "X-Auth-Token", token),
                404,
                "WKS.00211902",
                "ListScriptTasks");
    }

    @Test
    void tooLongHeadersAreRefusedInOurWords() {
        Answer answer = server.send("GET", server.scripts(), null, "X-Auth-Token", "x".repeat(70_000));
        assertRefused(answer, 400, "WKS.00211102", "too long");
        Answer long40k = server.send("GET", server.scripts(), null, "X-Auth-Token", "x".repeat(40_000));
        assertRefused(long40k, 401, "WKS.00211302", "not a token");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/health/live",
                "/health/ready",
                "/openapi.json",
                "/docs",
                "/docs/start.js",
                "/docs/swagger-ui.css"
            })
    void servesWithoutCredentials(String path) {
        Answer answer = server.send("GET", path, null);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isNotEmpty();
        assertThat(answer.header("Content-Type")).isNotEmpty();
    }

    @Test
    void wrongPasswordsAreSlowedDown() {
        for (int i = 0; i < 6; i++) {
            assertIam(server.login("nobody", "guess"), 401, "wrong");
        }
        assertIam(server.login("nobody", "guess"), 401, "try again in");
        assertIam(server.login(server.credentials.userName(), "wrong"), 401, "the user name or the password is wrong");
        assertIam(server.send("POST", "/v3/auth/tokens", "{}"), 400, "auth is missing");
    }

    @Test
    void aTokenIsDescribedAndFindsItsProject() {
        Answer login = server.login(server.credentials.userName(), server.credentials.password());
        assertThat(login.status()).isEqualTo(201);
        assertThat(login.json().getJsonObject("token").getString("expires_at"))
                .isEqualTo("2026-11-22T12:00:00.000000Z");
        Answer projects = server.send("GET", "/v3/projects?name=local-1", null, "X-Auth-Token", token);
        assertThat(projects.json().getJsonArray("projects")).hasSize(1);
        Answer none = server.send("GET", "/v3/projects?name=other", null, "X-Auth-Token", token);
        assertThat(none.json().getJsonArray("projects")).isEmpty();
        Answer domains = server.send("GET", "/v3/auth/domains", null, "X-Auth-Token", token);
        assertThat(domains.json().getJsonArray("domains")).hasSize(1);
        assertIam(server.send("GET", "/v3/auth/projects", null), 401, "there are no credentials");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/%zz/scripts", "/v2/p/scripts?name=%zz", "/v2/p/scripts?%zz"})
    void brokenPercentEncodingIsTheCallersMistake(String target) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Auth-Token: " + token
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer)
                    .matches("(?s)HTTP/1.1 (400|403) .*")
                    .contains("error_code")
                    .contains("X-Request-Id");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Nothing: x",
                "X-Auth-Token: x",
                "Authorization: Basic x",
                "Authorization: SDK-HMAC-SHA256 Access=nobody, SignedHeaders=host;x-sdk-date, Signature="
                        + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            })
    void strangersAreRefusedBeforeTheirBodyIsRead(String header) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            String head = "POST " + project + "/script-executions HTTP/1.1\r\nHost: x\r\n" + header
                    + "\r\nContent-Length: 6\r\n\r\n";
            write(socket, head + "{");
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(answers.readLine()).startsWith("HTTP/1.1 401 ");
            write(socket, "12345GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(answers.lines()).as("the connection is still good").anyMatch(l -> l.contains("HTTP/1.1 200 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz", "-1", "ffffffffffffffff"})
    void aBodyInBrokenChunksIsNoBugOfOurs(String size) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("io.deskwave.control.http.FailureHandler");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            write(
                    socket,
                    "POST " + server.scripts() + " HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " + token
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n{}\r\n0\r\n\r\n");
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).as("400, or nobody is there any more").matches("(?s)|HTTP/1.1 400 .*");
            assertThat(log.list).isEmpty();
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void aRequestForNoPathHasARequestIdToo() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            write(socket, "GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 404 ").containsIgnoringCase("X-Request-Id: ");
        }
    }

    @Test
    void aPublicOperationTakesNoLongBody() {
        assertIam(server.login("nobody", "x".repeat(20_000)), 413, "larger than 16384 bytes");
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    @Test
    void longListsAreRefusedUnread() {
        assertRefused(
                post("/script-executions", "{'resource_ids':[" + "1,".repeat(900_000) + "1]}"),
                400,
                "WKS.00211102",
                "resource_ids must have at most 20000 entries");
        assertRefused(
                post("/script-executions", "{'gray_desktop_ids':[" + "'a',".repeat(1000) + "'a']}"),
                400,
                "WKS.00211102",
                "gray_desktop_ids must have at most 1000 entries");
        assertRefused(
                post("/script-executions", "{'nonsense':[" + "1,".repeat(900_000) + "1]}"),
                400,
                "WKS.00211102",
                "nonsense must have at most 20000 entries");
    }

    @Test
    void eachEntryOfALongListIsChecked() {
        String many = "{'resource_ids':[" + "'abc',".repeat(19_999);
        assertThat(post("/script-executions", many + "'abc']}").status()).isEqualTo(200);
        assertRefused(
                post("/script-executions", many + "7]}"), 400, "WKS.00211102", "resource_ids[19999] must be text in");
        assertRefused(
                post("/script-executions", many + "'']}"),
                400,
                "WKS.00211102",
                "resource_ids[19999] must have at least 1 character");
        assertRefused(
                post("/script-executions", many + "'" + "x".repeat(200) + "']}"),
                400,
                "WKS.00211102",
                "resource_ids[19999] must have at most 128 characters");
    }

    @Test
    void deepAndWideBodiesAreRefused() {
        assertRefused(
                post("/script-executions", "{'a':" + "[".repeat(40) + "]".repeat(40) + "}"),
                400,
                "WKS.00211102",
                "nested deeper than 32");
        String members = IntStream.range(0, 301).mapToObj(i -> "'m" + i + "':1").collect(Collectors.joining(","));
        assertRefused(
                post("/script-executions", "{'a':{" + members + "}}"),
                400,
                "WKS.00211102",
                "a must have at most 300 fields");
        String lists = ("[" + "1,".repeat(9_999) + "1],").repeat(10);
        assertRefused(
                post("/script-executions", "{'a':[" + lists + "1]}"), 400, "WKS.00211102", "more than 50000 values");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%2B294277-01-01T00:00:00Z", "-4713-01-01T00:00:00Z", "1969-12-31T23:59:59Z"})
    void anInstantOutsideOfTheCalendarIsRefused(String instant) {
        Answer answer = server.send(
                "GET",
                project + "/script-execution-records?execute_time_start=" + instant,
                null,
                "X-Auth-Token",
                token);
        assertRefused(answer, 400, "WKS.00211102", "execute_time_start must be an instant in UTC from 1970 to 9999");
    }

    @Test
    void theEdgesOfTheCalendarAreTaken() {
        for (String instant : List.of("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z")) {
            Answer answer = server.send(
                    "GET",
                    project + "/script-execution-records?execute_time_start=" + instant,
                    null,
                    "X-Auth-Token",
                    token);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(listedFrom).contains(Instant.parse(instant));
        }
    }

    @Test
    void aBugWithoutACauseIsLoggedForWhatItIs() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.deskwave.control.http.FailureHandler");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            Answer answer = server.send(
                    "DELETE", project + "/desktops/d1", null, "X-Auth-Token", token, "X-Request-Id", "mine-2");
            assertRefused(answer, 500, "WKS.00211401", "mine-2");
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(m -> m.contains("mine-2")
                        && m.contains("DELETE")
                        && m.contains("failed with status 500 and without a cause"));
    }

    @Test
    void aConnectionWithoutAWholeHeadIsClosed() throws IOException {
        byte[] whole = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port());
                Socket slow = new Socket(InetAddress.getLoopbackAddress(), server.port());
                Socket speaking = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            for (Socket socket : List.of(silent, slow, speaking)) {
                socket.setSoTimeout(15_000);
            }
            slow.getOutputStream().write(whole, 0, whole.length - 2);
            speaking.getOutputStream().write(whole);
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(speaking.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(answers.readLine()).startsWith("HTTP/1.1 ");

            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            assertThat(slow.getInputStream().read()).isEqualTo(-1);
            speaking.getOutputStream().write(whole);
            String line = answers.readLine();
            while (line != null && !line.contains("HTTP/1.1 ")) {
                line = answers.readLine();
            }
            assertThat(line).as("who has spoken may be silent").isNotNull();
        }
    }

    @Test
    void aBurstOfGuessesIsNoWayAroundTheGuard() {
        List<CompletableFuture<Answer>> burst = IntStream.range(0, 60)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> server.login("burst", "guess"), threads))
                .toList();
        List<Answer> answers = burst.stream().map(CompletableFuture::join).toList();
        assertThat(answers).allMatch(a -> a.status() == 401 || a.status() == 503);
        assertThat(answers)
                .filteredOn(a -> a.text().contains("the user name or the password is wrong"))
                .hasSizeLessThanOrEqualTo(8);
    }

    private static void assertIam(Answer answer, int status, String message) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        JsonObject error = answer.json().getJsonObject("error");
        assertThat(error.getInteger("code")).isEqualTo(status);
        assertThat(error.getString("message")).contains(message);
    }
}
