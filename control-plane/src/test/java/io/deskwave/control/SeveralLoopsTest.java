package io.deskwave.control;

import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.PlayedAgent.Talk;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.db.Waiting;
import io.deskwave.control.iam.TokenMint;
import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.GoAway;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
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
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process whose port is served by three event loops: each connection is the next loop's. */
class SeveralLoopsTest {
    private static final int LOOPS = 3;
    private static final int EVERY_LOOP_TWICE = 2 * LOOPS;

    @TempDir
    private Path folder = Path.of("");

    private final Vertx vertx = Vertx.vertx();
    private final PgConnectOptions connect = TestDatabase.freshOptions();
    private final Database database = TestDatabase.open(vertx, connect);
    private final List<PlayedAgent> agents = new ArrayList<>();
    private final List<Talk> talks = new ArrayList<>();
    private String deployed = "";
    private String url = "";
    private JsonObject bootstrap = new JsonObject();
    private String token = "";

    @BeforeEach
    void start() throws Exception {
        var node = new ControlPlane(Config.parse(
                List.of("serve", "--port", "0", "--event-loops", String.valueOf(LOOPS)),
                Map.of(
                        "DESKWAVE_DATA_DIR", folder.toString(),
                        "DESKWAVE_DATABASE_URL", TestDatabase.url(connect))));
        deployed = await(vertx.deployVerticle(node));
        url = node.url();
        bootstrap = new JsonObject(Files.readString(folder.resolve("bootstrap.json")));
        String user = await(database.client()
                        .preparedQuery("SELECT id FROM users WHERE name = $1")
                        .execute(Tuple.of(bootstrap.getString("user_name"))))
                .iterator()
                .next()
                .getString(0);
        token = await(TokenMint.of(vertx, database, folder.resolve("master.key")))
                .token(user, project(), Instant.now());
        for (int i = 0; i < EVERY_LOOP_TWICE; i++) {
            agents.add(new PlayedAgent(vertx, database, project()));
        }
        for (PlayedAgent agent : agents) {
            talks.add(await(agent.comeTo(node, UUID.randomUUID())));
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (!deployed.isEmpty()) {
            vertx.undeploy(deployed).await(30, TimeUnit.SECONDS);
        }
    }

    private String project() {
        return bootstrap.getString("project_id");
    }

    /** Through a connection of its own. */
    private HttpResponse<String> call(String credentials, String method, String path, String body) {
        var request = HttpRequest.newBuilder(URI.create(url + path))
                .header("X-Auth-Token", credentials)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private JsonObject done(String method, String path, JsonObject body) {
        HttpResponse<String> answer = call(token, method, path, body.isEmpty() ? "" : body.encode());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return new JsonObject(answer.body());
    }

    private long sessionsOf(String aggregate) {
        return await(database.client()
                        .query("SELECT " + aggregate + " FROM desktops WHERE node_id IS NOT NULL")
                        .execute())
                .iterator()
                .next()
                .getLong(0);
    }

    @Test
    void aCommandReachesTheAgentsOfEveryLoop() {
        assertThat(sessionsOf("count(DISTINCT node_id)")).isEqualTo(LOOPS);
        var desktops = new JsonArray(
                agents.stream().map(agent -> agent.desktop.toString()).toList());
        String task = done(
                        "POST",
                        "/v2/" + project() + "/script-executions",
                        new JsonObject()
                                .put("resource_ids", desktops)
                                .put("command_type", "SHELL")
                                .put("command_content", "true"))
                .getString("task_id");

        for (Talk talk : talks) {
            RunScript order = talk.hears(RunScript.class);
            talk.says(new AgentMessage.Started(order.recordId(), order.attempt(), Instant.now(), "UTF-8"));
            talk.says(new AgentMessage.Finished(
                    order.recordId(),
                    order.attempt(),
                    new Outcome(ResultCode.EXITED, 0, true, "", Instant.now(), 0, 0, List.of(), List.of())));
        }

        Waiting.until("the task has ended", () -> {
            String said = done("GET", "/v2/" + project() + "/script-execution-tasks", new JsonObject())
                    .encode();
            return said.contains(task) && said.contains("SUCCESS");
        });
        assertThat(talks).allSatisfy(talk -> assertThat(talk.heard)
                .filteredOn(RunScript.class::isInstance)
                .as("told once")
                .hasSize(1));
    }

    @Test
    void whoHasGuessedWrongOnOneLoopHasNoMoreGuessesOnTheOthers() {
        String login =
                """
                {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "%s", "password": "wrong",
                 "domain": {"name": "deskwave"}}}}}}"""
                        .formatted(bootstrap.getString("user_name"));
        for (int i = 0; i < 5; i++) {
            assertThat(call("", "POST", "/v3/auth/tokens", login).body()).doesNotContain("too many");
        }
        for (int i = 0; i < LOOPS; i++) {
            HttpResponse<String> answer = call("", "POST", "/v3/auth/tokens", login);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).contains("too many wrong passwords");
        }
    }

    @Test
    void whoIsDisabledIsRefusedByEveryLoopAtOnce() {
        String user = done(
                        "POST", "/v1/users", new JsonObject().put("name", "ann").put("password", "correct horse"))
                .getString("id");
        JsonObject granted = done(
                "PUT",
                "/v1/users/" + user + "/grants/" + project(),
                new JsonObject()
                        .put("permission_group_ids", new JsonArray())
                        .put("permissions", new JsonArray().add("workspace:desktops:list")));
        assertThat(granted.isEmpty()).isFalse();
        String anns = await(TokenMint.of(vertx, database, folder.resolve("master.key")))
                .token(user, project(), Instant.now());
        String desktops = "/v2/" + project() + "/desktops";
        for (int i = 0; i < LOOPS; i++) {
            assertThat(call(anns, "GET", desktops, "").statusCode()).isEqualTo(200);
        }

        assertThat(done("PUT", "/v1/users/" + user, new JsonObject().put("disabled", true))
                        .getBoolean("disabled"))
                .isTrue();

        for (int i = 0; i < LOOPS; i++) {
            assertThat(call(anns, "GET", desktops, "").statusCode()).isEqualTo(401);
        }
    }

    /** The loops end together: an agent that came back at once would find nobody. */
    @Test
    void anEndSendsAgentsToNoLoopThatEndsToo() throws Exception {
        Waiting.until("the loops have seen each other", () -> beats() > 1);

        vertx.undeploy(deployed).await(30, TimeUnit.SECONDS);
        deployed = "";

        Waiting.until("all have ended", () -> talks.stream().allMatch(talk -> talk.ended));
        assertThat(talks.stream()
                        .flatMap(talk -> talk.heard.stream())
                        .filter(GoAway.class::isInstance)
                        .mapToLong(away -> ((GoAway) away).retryAfterMillis())
                        .filter(millis -> millis > 2_000))
                .as("on each loop the second agent is told to come half of five seconds later")
                .hasSize(LOOPS);
        assertThat(sessionsOf("count(*)")).isZero();
    }

    private long beats() {
        return await(database.client().query("SELECT min(beats) FROM nodes").execute())
                .iterator()
                .next()
                .getLong(0);
    }
}
