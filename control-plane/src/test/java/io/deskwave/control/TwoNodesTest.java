package io.deskwave.control;

import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.PlayedAgent.Talk;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.db.Waiting;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.iam.TokenMint;
import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.GoAway;
import io.deskwave.protocol.ServerMessage.PowerStep;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of one installation, in this JVM, and agents whose part is played. */
class TwoNodesTest {
    @TempDir
    static Path folder;

    private static final Vertx VERTX = Vertx.vertx();
    private static final PgConnectOptions CONNECT = TestDatabase.freshOptions();
    private static final Database DATABASE = TestDatabase.open(VERTX, CONNECT);
    private static final List<String> DEPLOYED = new ArrayList<>();
    private static @Nullable ControlPlane a;
    private static @Nullable ControlPlane b;
    private static JsonObject bootstrap = new JsonObject();
    private static String token = "";

    private final UUID first = UUID.randomUUID();
    private final UUID second = UUID.randomUUID();

    private static ControlPlane deployed(String name, int drainSeconds) {
        ControlPlane node = new ControlPlane(Config.parse(
                List.of("serve", "--port", "0", "--drain-seconds", String.valueOf(drainSeconds)),
                Map.of(
                        "DESKWAVE_DATA_DIR", folder.resolve(name).toString(),
                        "DESKWAVE_MASTER_KEY_FILE", folder.resolve("master.key").toString(),
                        "DESKWAVE_DATABASE_URL", TestDatabase.url(CONNECT))));
        DEPLOYED.add(await(VERTX.deployVerticle(node)));
        return node;
    }

    @BeforeAll
    static void start() throws Exception {
        a = deployed("a", 0);
        b = deployed("b", 0);
        bootstrap = new JsonObject(Files.readString(folder.resolve("a/bootstrap.json")));
        String user = await(DATABASE.client()
                        .preparedQuery("SELECT id FROM users WHERE name = $1")
                        .execute(Tuple.of(bootstrap.getString("user_name"))))
                .iterator()
                .next()
                .getString(0);
        token = await(TokenMint.of(VERTX, DATABASE, folder.resolve("master.key")))
                .token(user, project(), Instant.now());
    }

    @AfterAll
    static void stop() throws Exception {
        for (String id : DEPLOYED) {
            VERTX.undeploy(id).otherwiseEmpty().await(30, TimeUnit.SECONDS);
        }
    }

    private static ControlPlane a() {
        return Objects.requireNonNull(a);
    }

    private static ControlPlane b() {
        return Objects.requireNonNull(b);
    }

    private static String project() {
        return bootstrap.getString("project_id");
    }

    private static PlayedAgent agent() {
        return new PlayedAgent(VERTX, DATABASE, project());
    }

    private static HttpResponse<String> call(ControlPlane node, String method, String path) throws Exception {
        return call(node, method, path, "");
    }

    private static HttpResponse<String> call(ControlPlane node, String method, String path, String body)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("X-Auth-Token", token)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    private static String status(PlayedAgent agent) throws Exception {
        return new JsonObject(call(b(), "GET", "/v2/" + project() + "/desktops/" + agent.desktop)
                        .body())
                .getJsonObject("desktop")
                .getString("status");
    }

    private static void isRefused(Future<Talk> coming) {
        Waiting.until("an answer", coming::isComplete);
        assertThat(coming.cause()).isInstanceOf(UpgradeRejectedException.class);
        assertThat(String.valueOf(((UpgradeRejectedException) coming.cause()).getBody()))
                .contains("ALREADY_CONNECTED");
    }

    @Test
    void theLastUserWhoLeavesTriggersATaskOnce() throws Exception {
        PlayedAgent agent = agent();
        Talk talk = await(agent.comeTo(a(), first));
        String made = call(
                        b(),
                        "POST",
                        "/v2/" + project() + "/scheduled-tasks",
                        """
                        {"task_name": "t", "task_type": "EXECUTE_SCRIPT", "scheduled_type": "LIFE_CYCLE",
                         "life_cycle_type": "POST_DESKTOP_DISCONNECTED",
                         "extra_params": "{\\"command_content\\":\\"bye\\",\\"command_type\\":\\"SHELL\\"}",
                         "apply_objects": [{"object_type": "DESKTOP", "object_id": "%s"}]}"""
                                .formatted(agent.desktop))
                .body();
        assertThat(made).contains("task_id");
        talk.says(new AgentMessage.HostChanged(DesktopFixture.host("10.0.0.1", "ann")));
        talk.says(new AgentMessage.HostChanged(DesktopFixture.host("10.0.0.1")));

        RunScript run = talk.hears(RunScript.class);
        assertThat(run.toString()).isNotEmpty();
        String task = new JsonObject(made).getString("task_id");
        JsonArray records = new JsonObject(
                        call(a(), "GET", "/v2/" + project() + "/scheduled-tasks/" + task + "/records?offset=0&limit=10")
                                .body())
                .getJsonArray("tasks_records");
        assertThat(records).hasSize(1);
        assertThat(records.getJsonObject(0).getString("execute_task_id")).isNotEmpty();
    }

    @Test
    void aProcessThatComesInElsewhereLosesItsOlderSessionAtOnce() throws Exception {
        PlayedAgent agent = agent();
        Talk onA = await(agent.comeTo(a(), first));
        long from = System.nanoTime();
        Talk onB = await(agent.comeTo(b(), first));

        Waiting.until("the older session has ended", () -> onA.ended);
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - from))
                .as("it was not asked whether it answers, and is told at once")
                .isLessThan(3);
        assertThat(onB.ended).isFalse();
        assertThat(status(agent)).isEqualTo("ACTIVE");
    }

    @Test
    void aSecondProcessWithTheSameIdentityIsRefusedOnEveryNodeWhileTheFirstAnswers() {
        PlayedAgent agent = agent();
        Talk onA = await(agent.comeTo(a(), first));

        isRefused(agent.comeTo(a(), second));
        isRefused(agent.comeTo(b(), second));
        assertThat(onA.ended).isFalse();

        await(onA.socket.close());
        Waiting.until("the first has left", () -> onA.ended);
        Waiting.until("the second is let in", () -> {
            Future<Talk> again = agent.comeTo(b(), second);
            Waiting.until("an answer", again::isComplete);
            return again.succeeded();
        });
    }

    @Test
    void aProcessThatDoesNotAnswerGivesWayToOneOnAnotherNode() {
        PlayedAgent agent = agent();
        var gone = new AtomicBoolean();
        await(agent.comeMutelyTo(a(), first)).closeHandler(closed -> gone.set(true));

        Talk onB = await(agent.comeTo(b(), second));

        Waiting.until("the first is given up", gone::get);
        assertThat(onB.ended).isFalse();
    }

    @Test
    void ofANodeThatSaysNothingNobodyWaitsForLong() {
        PlayedAgent agent = agent();
        UUID mute = UUID.randomUUID();
        await(DATABASE.client()
                .preparedQuery("INSERT INTO nodes (id, started_at, seen_at) VALUES ($1, now(), now())")
                .execute(Tuple.of(mute)));
        await(DATABASE.client()
                .preparedQuery("UPDATE desktops SET node_id = $2, instance_id = $3, connected_at = now() WHERE id = $1")
                .execute(Tuple.of(agent.desktop, mute, first)));

        long from = System.nanoTime();
        assertThat(await(agent.comeTo(b(), second)).ended).isFalse();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from)).isBetween(3_900L, 8_000L);
    }

    /** The step was taken in the older session, whose end is no end of the machine. */
    @Test
    void thatADesktopHasMovedProvesNoStop() throws Exception {
        PlayedAgent agent = agent();
        Talk onA = await(agent.comeTo(a(), first));
        var body = new JsonObject()
                .put("resource_ids", new JsonArray().add(agent.desktop.toString()))
                .put("command_type", "SHELL")
                .put("command_content", "true")
                .put("post_finish", "stop");
        assertThat(call(b(), "POST", "/v2/" + project() + "/script-executions", body.encode())
                        .statusCode())
                .isLessThan(300);
        RunScript order = onA.hears(RunScript.class);
        onA.says(new AgentMessage.Started(order.recordId(), order.attempt(), Instant.now(), "UTF-8"));
        onA.says(new AgentMessage.Finished(
                order.recordId(),
                order.attempt(),
                new Outcome(ResultCode.EXITED, 0, true, "", Instant.now(), 0, 0, List.of(), List.of())));
        PowerStep step = onA.hears(PowerStep.class);
        onA.says(new AgentMessage.PowerAccepted(step.recordId(), step.attempt(), step.step(), null));

        Talk onB = await(agent.comeTo(b(), first));
        Waiting.until("the older session has ended", () -> onA.ended);

        assertThat(onB.hears(PowerStep.class).recordId()).as("told again").isEqualTo(order.recordId());
        assertThat(postFinishState(order.recordId())).isEqualTo("SENT");
        onB.says(new AgentMessage.PowerAccepted(step.recordId(), step.attempt(), step.step(), null));
        await(onB.socket.close());
        Waiting.until(
                "the end of the session that it ended itself is the proof",
                () -> postFinishState(order.recordId()).equals("DONE"));
    }

    private static String postFinishState(UUID recordId) {
        return await(DATABASE.client()
                        .preparedQuery("SELECT post_finish_state FROM execution_records WHERE id = $1")
                        .execute(Tuple.of(recordId)))
                .iterator()
                .next()
                .getString(0);
    }

    @Test
    void deletingADesktopEndsItsSessionOnAnotherNode() throws Exception {
        PlayedAgent agent = agent();
        Talk onA = await(agent.comeTo(a(), first));

        assertThat(call(b(), "DELETE", "/v2/" + project() + "/desktops/" + agent.desktop)
                        .statusCode())
                .isLessThan(300);
        Waiting.until("the session has ended", () -> onA.ended);
    }

    @Test
    void aNodeThatIsToEndSaysSoFirstAndSendsItsAgentsToTheOthersAtOnce() throws Exception {
        ControlPlane c = deployed("c", 2);
        PlayedAgent agent = agent();
        Talk onC = await(agent.comeTo(c, first));
        Waiting.until("it has seen the others", () -> beats() > 1);

        Future<Void> ending = VERTX.undeploy(DEPLOYED.remove(2));
        assertThat(call(c, "GET", "/health/ready").statusCode()).isEqualTo(503);
        assertThat(call(c, "GET", "/health/live").statusCode()).isEqualTo(200);
        HttpResponse<String> answer = call(c, "GET", "/v2/" + project() + "/desktops");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Connection")).contains("close");
        assertThat(onC.ended).isFalse();
        Future<Talk> another = agent().comeTo(c, second);
        Waiting.until("an answer", another::isComplete);
        assertThat(String.valueOf(((UpgradeRejectedException) another.cause()).getBody()))
                .contains("BUSY");

        ending.await(15, TimeUnit.SECONDS);
        assertThat(onC.ended).isTrue();
        assertThat(onC.heard)
                .filteredOn(GoAway.class::isInstance)
                .singleElement()
                .satisfies(
                        told -> assertThat(((GoAway) told).retryAfterMillis()).isLessThan(1_000));
        assertThat(status(agent)).isEqualTo("SHUTOFF");
        assertThat(await(agent.comeTo(a(), first)).ended).isFalse();
    }

    private static long beats() {
        return await(DATABASE.client()
                        .query("SELECT min(beats) FROM nodes WHERE beats > 0")
                        .execute())
                .iterator()
                .next()
                .getLong(0);
    }
}
