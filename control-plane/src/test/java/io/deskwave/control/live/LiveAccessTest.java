package io.deskwave.control.live;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.ReadingLoop;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.ExecutionRequest;
import io.deskwave.control.execution.Executions;
import io.deskwave.control.execution.HistoryRoutes;
import io.deskwave.control.execution.Limits;
import io.deskwave.control.http.Allowance;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Caller;
import io.deskwave.control.http.FrontDoor;
import io.deskwave.control.http.Refusal;
import io.deskwave.control.http.Verifier;
import io.deskwave.control.script.ScriptStore;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may watch a task, and read what its scripts printed: the people of its project who have the permission. */
class LiveAccessTest {
    private static final String READ = "workspace:scripts:*";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-21T12:00:00Z"));
    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE = TestDatabase.fresh(VERTX);
    private static final DesktopFixture FIXTURE = new DesktopFixture(DATABASE);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final WebSocketClient SOCKETS = VERTX.createWebSocketClient();
    private static int port;
    private static UUID task = UUID.randomUUID();
    private static UUID record = UUID.randomUUID();

    private static final Set<String> REVOKED = ConcurrentHashMap.newKeySet();

    /** A token is a project and a permission in it. */
    private static final class Bearers implements Verifier {
        @Override
        public Future<Caller> verify(HttpServerRequest request) {
            return verifyToken(
                    Optional.ofNullable(request.getHeader("X-Auth-Token")).orElseThrow());
        }

        @Override
        public Future<Caller> verifyToken(String token) {
            if (REVOKED.contains(token)) {
                return Future.failedFuture(new ApiException.Unauthorized("revoked"));
            }
            String[] parts = token.split(" ", 2);
            return Future.succeededFuture(new Caller("u", "user", parts[0], Set.of(parts[1])));
        }

        @Override
        public Optional<String> seal(Refusal refusal) {
            return Optional.of("sealed-" + refusal.action());
        }
    }

    @BeforeAll
    static void start() {
        FrontDoor door = await(FrontDoor.open(
                VERTX,
                new Bearers(),
                failure -> Optional.empty(),
                new Allowance(VERTX, 1),
                () -> Future.succeededFuture()));
        new LiveRoutes(VERTX, DATABASE, new Bearers(), new Seats()).mount(door.operations(), door.router());
        new HistoryRoutes(DATABASE, ReadingLoop.here(VERTX, DATABASE)).mount(door.operations());
        port = await(door.attach(VERTX.createHttpServer(FrontDoor.serverOptions()))
                        .listen(0, "127.0.0.1"))
                .actualPort();
        UUID desktop = FIXTURE.desktop(PROJECT, null, "pc-1");
        var executions = new Executions(
                new Changes(DATABASE, DesktopFixture.NODE),
                new DesktopStore(),
                new PoolStore(),
                new ScriptStore(),
                Limits.USUAL,
                CLOCK);
        task = await(executions.start(new ExecutionRequest(
                        PROJECT,
                        new ExecutionRequest.Target.Desktops(List.of(desktop)),
                        new ExecutionRequest.Work.Command("true", ScriptType.SHELL, List.of(0)),
                        0,
                        List.of(),
                        null,
                        false,
                        10,
                        1,
                        null,
                        null,
                        "tester")))
                .taskId();
        record = await(DATABASE.client()
                        .query("SELECT id FROM execution_records")
                        .execute())
                .iterator()
                .next()
                .getUUID("id");
    }

    @AfterAll
    static void close() {
        VERTX.close().onFailure(Throwable::printStackTrace);
    }

    private static String path(String project, String rest) {
        return "/v2/" + project + rest;
    }

    private static int status(String path, String token) throws IOException, InterruptedException {
        // Streams do not end by themselves, so the body is not waited for.
        HttpResponse<InputStream> response = CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("X-Auth-Token", token)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        response.body().close();
        return response.statusCode();
    }

    private static int socketStatus(String path, String token) {
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(path)
                .addHeader("X-Auth-Token", token);
        return await(SOCKETS.connect(options)
                .compose(socket -> socket.close().map(101))
                .recover(failure -> failure instanceof UpgradeRejectedException rejected
                        ? Future.succeededFuture(rejected.getStatus())
                        : Future.failedFuture(failure)));
    }

    /** How a socket ends whose token comes in its first message: the reason, or the first event. */
    private static String firstWord(String path, String token) {
        Promise<String> first = Promise.promise();
        WebSocketConnectOptions options =
                new WebSocketConnectOptions().setHost("127.0.0.1").setPort(port).setURI(path);
        return await(SOCKETS.connect(options)
                .compose(socket -> {
                    socket.textMessageHandler(text -> first.tryComplete(new JsonObject(text).getString("type")));
                    socket.closeHandler(
                            closed -> first.tryComplete(socket.closeStatusCode() + " " + socket.closeReason()));
                    return socket.writeTextMessage(
                                    new JsonObject().put("token", token).encode())
                            .compose(sent -> first.future());
                })
                .timeout(15, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/script-execution-tasks/{task}/events", "/script-execution-records/{record}/output"})
    void whatIsReadIsReadByThePeopleOfTheProject(String rest) throws Exception {
        String own = path(PROJECT, filled(rest));
        assertThat(status(own, PROJECT + " " + READ)).isEqualTo(200);
        assertThat(status(own, OTHER_PROJECT + " " + READ)).isEqualTo(403);
        assertThat(status(own, PROJECT + " workspace:desktops:*")).isEqualTo(403);
        assertThat(status(path(OTHER_PROJECT, filled(rest)), OTHER_PROJECT + " " + READ))
                .as("the object of another project under one's own")
                .isEqualTo(404);
    }

    private static String filled(String rest) {
        return rest.replace("{task}", task.toString()).replace("{record}", record.toString());
    }

    @Test
    void aStreamEndsSoonAfterTheRightToIt() throws Exception {
        String token = PROJECT + " workspace:scripts:listRecords";
        HttpResponse<InputStream> response = CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port
                                + path(PROJECT, filled("/script-execution-tasks/{task}/events"))))
                        .header("X-Auth-Token", token)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        REVOKED.add(token);
        CompletableFuture<byte[]> rest = CompletableFuture.supplyAsync(() -> {
            try {
                return response.body().readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(rest).succeedsWithin(Duration.ofSeconds(12));
    }

    @Test
    void aSocketIsOpenedByThePeopleOfTheProject() {
        String rest = filled("/script-execution-tasks/{task}/live");
        assertThat(socketStatus(path(PROJECT, rest), PROJECT + " " + READ)).isEqualTo(101);
        assertThat(socketStatus(path(PROJECT, rest), OTHER_PROJECT + " " + READ))
                .isEqualTo(403);
        assertThat(socketStatus(path(PROJECT, rest), PROJECT + " workspace:desktops:*"))
                .isEqualTo(403);
        assertThat(socketStatus(path(OTHER_PROJECT, rest), OTHER_PROJECT + " " + READ))
                .isEqualTo(404);
        assertThat(socketStatus("/v2/%7Bproject_id%7D" + rest, PROJECT + " " + READ))
                .isEqualTo(400);
    }

    @Test
    void aTokenInTheFirstMessageIsJudgedTheSame() {
        String rest = filled("/script-execution-tasks/{task}/live");
        assertThat(firstWord(path(PROJECT, rest), PROJECT + " " + READ)).isEqualTo("task");
        assertThat(firstWord(path(PROJECT, rest), OTHER_PROJECT + " " + READ)).startsWith("4401 your credentials");
        assertThat(firstWord(path(PROJECT, rest), PROJECT + " workspace:desktops:*"))
                .startsWith("4401 you need the permission workspace:scripts:listRecords");
        assertThat(firstWord(path(OTHER_PROJECT, rest), OTHER_PROJECT + " " + READ))
                .startsWith("4401 there is no task");
    }

    @Test
    void aFirstMessageIsBounded() {
        String live = path(PROJECT, filled("/script-execution-tasks/{task}/live"));
        assertThat(firstWord(live, PROJECT + " " + READ + "x".repeat(70_000))).contains("not longer than 64 KiB");
    }

    @Test
    void socketsWithoutATokenAreFew() {
        String live = path(PROJECT, filled("/script-execution-tasks/{task}/live"));
        WebSocketClient many = VERTX.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(300));
        WebSocketConnectOptions options =
                new WebSocketConnectOptions().setHost("127.0.0.1").setPort(port).setURI(live);
        List<Future<WebSocket>> open = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            open.add(many.connect(options));
        }
        assertThat(await(Future.all(open)).size()).isEqualTo(256);
        Throwable refused =
                await(many.connect(options).transform(connected -> Future.succeededFuture(connected.cause())));
        assertThat(refused).isInstanceOfSatisfying(UpgradeRejectedException.class, rejected -> {
            assertThat(rejected.getStatus()).isEqualTo(503);
            assertThat(rejected.getHeaders().get("Retry-After")).isEqualTo("2");
        });
        assertThat(socketStatus(live, PROJECT + " " + READ)).as("with a token").isEqualTo(101);
        open.forEach(socket -> await(socket.result().close()));
        assertThat(firstWord(live, PROJECT + " " + READ)).isEqualTo("task");
    }

    @Test
    void aRefusalCarriesItsSealedReason() throws Exception {
        HttpResponse<String> refused = CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port
                                + path(PROJECT, filled("/script-execution-tasks/{task}/events"))))
                        .header("X-Auth-Token", OTHER_PROJECT + " " + READ)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(new JsonObject(refused.body()).getString("encoded_authorization_message"))
                .isEqualTo("sealed-workspace:scripts:listRecords");
    }
}
