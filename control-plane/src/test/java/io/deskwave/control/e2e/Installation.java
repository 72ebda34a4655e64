package io.deskwave.control.e2e;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.http.DocumentedAnswers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A control plane and its agents, as real processes in a folder of their own, and what a caller does with them. */
final class Installation implements AutoCloseable {
    private static final Path CONTROL_PLANE =
            Path.of("target", "control-plane.jar").toAbsolutePath();
    private static final Path AGENT = Path.of("..", "desktop-agent", "target", "desktop-agent.jar")
            .toAbsolutePath()
            .normalize();
    private static final Path AGENT_OPTIONS = Path.of("..", "desktop-agent", "desktop-agent.options")
            .toAbsolutePath()
            .normalize();

    final Path folder;
    private int port = freePort();
    private String dataDir = "cp";
    private boolean moved;
    private final Map<String, String> settings;
    private final @Nullable SelfSigned certificate;
    private final HttpClient http;
    private final Map<String, Program> agents = new HashMap<>();
    private final Map<String, String> desktopIds = new HashMap<>();
    private final List<Program> all = new ArrayList<>();
    private Program controlPlane;
    final JsonObject bootstrap;
    private String token;

    Installation() {
        this(false);
    }

    Installation(boolean tls) {
        this(tls, Map.of());
    }

    /** @param settings of the control plane, as its environment takes them */
    Installation(boolean tls, Map<String, String> settings) {
        this.settings = settings;
        try {
            folder = Files.createTempDirectory("deskwave-e2e-");
            certificate = tls ? SelfSigned.in(folder) : null;
            http = certificate == null
                    ? HttpClient.newHttpClient()
                    : HttpClient.newBuilder().sslContext(certificate.trust()).build();
            controlPlane = startControlPlane();
            bootstrap = new JsonObject(Files.readString(folder.resolve("cp/bootstrap.json")));
            token = newToken();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> certificateFiles() {
        return certificate == null
                ? settings
                : Map.of(
                        "DESKWAVE_TLS_CERTIFICATE",
                        certificate.certificate().toString(),
                        "DESKWAVE_TLS_PRIVATE_KEY",
                        certificate.privateKey().toString());
    }

    private Program startControlPlane() {
        Program program = Program.start(
                folder,
                "cp",
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"),
                CONTROL_PLANE,
                certificateFiles(),
                "serve",
                "--port",
                Integer.toString(port),
                "--data-dir",
                folder.resolve(dataDir).toString());
        all.add(program);
        String url = program.awaitLine("ready ");
        assert url.endsWith(":" + port);
        return program;
    }

    Program controlPlane() {
        return controlPlane;
    }

    void restartControlPlane() {
        controlPlane = startControlPlane();
    }

    /** Goes on in another data folder, which is there, on another port. Agents that are started from now on are told so. */
    void moveTo(String newDataDir) {
        dataDir = newDataDir;
        port = freePort();
        moved = true;
        controlPlane = startControlPlane();
        token = newToken();
    }

    /** The control plane's jar with another command than {@code serve}; ended when this returns. */
    Program command(String... arguments) {
        Program program = Program.start(
                folder, "command", List.of("-XX:+UseSerialGC", "-Xmx128m"), CONTROL_PLANE, Map.of(), arguments);
        all.add(program);
        program.awaitEnd(60);
        return program;
    }

    Path home(String name) {
        return folder.resolve(name);
    }

    /** Starts an agent, new or again; answers its desktop id. */
    @CanIgnoreReturnValue
    String startAgent(String name) {
        return awaitConnected(name, startAgentOn(name, home(name)));
    }

    /** The same with an enrollment token of its own. */
    @CanIgnoreReturnValue
    String startAgent(String name, String enrollmentToken) {
        return awaitConnected(name, startAgentOn(name, home(name), enrollmentToken));
    }

    /** The same for a program that is an agent itself, as an image's launcher is. */
    @CanIgnoreReturnValue
    String startAgent(String name, List<String> agent) {
        Program program =
                Program.start(folder, name, agent, enrollingWith(enrollmentToken()), agentArguments(name, home(name)));
        all.add(program);
        return awaitConnected(name, program);
    }

    private String awaitConnected(String name, Program program) {
        agents.put(name, program);
        String id = program.awaitLine("connected ");
        desktopIds.put(name, id);
        return id;
    }

    private String enrollmentToken() {
        return bootstrap.getString("enrollment_token");
    }

    private static Map<String, String> enrollingWith(String token) {
        return Map.of("DESKWAVE_ENROLLMENT_TOKEN", token);
    }

    private String[] agentArguments(String name, Path home) {
        List<String> arguments = new ArrayList<>(List.of(
                "run",
                "--home",
                home.toString(),
                "--name",
                name,
                "--power",
                "simulate",
                "--simulate-power-seconds",
                "1"));
        if (moved) {
            arguments.addAll(List.of("--endpoint", url()));
        }
        return arguments.toArray(String[]::new);
    }

    Program startAgentOn(String name, Path home) {
        return startAgentOn(name, home, enrollmentToken());
    }

    private Program startAgentOn(String name, Path home, String token) {
        Program program = Program.start(
                folder, name, List.of("@" + AGENT_OPTIONS), AGENT, enrollingWith(token), agentArguments(name, home));
        all.add(program);
        return program;
    }

    /** What starts an agent, but for its arguments, in another surrounding than this one. */
    static List<String> agentProgram(List<String> surrounding) {
        List<String> program = new ArrayList<>(surrounding);
        program.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        program.addAll(List.of("@" + AGENT_OPTIONS, "-jar", AGENT.toString()));
        return program;
    }

    Program agent(String name) {
        return agents.get(name);
    }

    String id(String name) {
        return desktopIds.get(name);
    }

    String project() {
        return bootstrap.getString("project_id");
    }

    String token() {
        return token;
    }

    String url() {
        return (certificate == null ? "http" : "https") + "://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    URI uri(String path) {
        return URI.create(url() + path);
    }

    private String newToken() {
        JsonObject user = new JsonObject()
                .put("name", bootstrap.getString("user_name"))
                .put("password", bootstrap.getString("password"))
                .put("domain", new JsonObject().put("name", bootstrap.getString("domain_name")));
        JsonObject body = new JsonObject()
                .put(
                        "auth",
                        new JsonObject()
                                .put(
                                        "identity",
                                        new JsonObject()
                                                .put("methods", new JsonArray().add("password"))
                                                .put("password", new JsonObject().put("user", user)))
                                .put("scope", new JsonObject().put("project", new JsonObject().put("id", project()))));
        var answer = send("POST", "/v3/auth/tokens", body.encode(), null);
        return answer.headers().firstValue("X-Subject-Token").orElseThrow(() -> new AssertionError(answer.body()));
    }

    HttpResponse<String> send(String method, String path, @Nullable String body, @Nullable String authToken) {
        return DocumentedAnswers.checked(send(request(method, path, body, authToken), BodyHandlers.ofString()));
    }

    private HttpRequest request(String method, String path, @Nullable String body, @Nullable String authToken) {
        var request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        return (authToken == null ? request : request.header("X-Auth-Token", authToken)).build();
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Calls an operation below the project; fails when it does not succeed. */
    @CanIgnoreReturnValue
    JsonObject call(String method, String path, @Nullable JsonObject body) {
        var answer = send(method, "/v2/" + project() + path, body == null ? null : body.encode(), token);
        if (answer.statusCode() >= 300) {
            throw new AssertionError(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body().isEmpty() ? new JsonObject() : new JsonObject(answer.body());
    }

    HttpResponse<String> tryCall(String method, String path, String body) {
        return send(method, "/v2/" + project() + path, body, token);
    }

    HttpResponse<byte[]> rawAnswer(String recordId, String stream) {
        var request = request(
                "GET",
                "/v2/" + project() + "/script-execution-records/" + recordId + "/output?limit=16777216&stream="
                        + stream,
                null,
                token);
        return DocumentedAnswers.checkedBytes(send(request, BodyHandlers.ofByteArray()));
    }

    byte[] raw(String recordId, String stream) {
        return rawAnswer(recordId, stream).body();
    }

    /** Runs a command on these agents' desktops; answers the task's id. */
    String run(String command, JsonObject more, String... names) {
        var ids = new JsonArray();
        Stream.of(names).forEach(name -> ids.add(id(name)));
        JsonObject body = new JsonObject()
                .put("resource_ids", ids)
                .put("command_content", command)
                .put("command_type", "SHELL")
                .mergeIn(more);
        return call("POST", "/script-executions", body).getString("task_id");
    }

    JsonObject task(String taskId) {
        return call("GET", "/script-execution-tasks?task_id=" + taskId, null)
                .getJsonArray("script_tasks")
                .getJsonObject(0);
    }

    JsonObject awaitTask(String taskId, int seconds) {
        return Eventually.get(
                seconds,
                () -> {
                    JsonObject task = task(taskId);
                    return task.getString("end_time") == null ? null : task;
                },
                () -> task(taskId).encodePrettily() + records(taskId) + controlPlane.err());
    }

    /** The records of a task, by desktop name. */
    List<JsonObject> records(String taskId) {
        var list = new ArrayList<JsonObject>();
        call("GET", "/script-execution-records?limit=100&script_task_id=" + taskId, null)
                .getJsonArray("script_records")
                .forEach(record -> list.add((JsonObject) record));
        return list;
    }

    JsonObject record(String taskId) {
        return records(taskId).get(0);
    }

    JsonObject detail(String recordId) {
        return call("GET", "/script-execution-records/" + recordId, null);
    }

    JsonObject awaitRecord(String taskId, String status, int seconds) {
        return Eventually.get(
                seconds,
                () -> {
                    JsonObject record = record(taskId);
                    return record.getString("status").equals(status) ? record : null;
                },
                () -> record(taskId).encodePrettily());
    }

    @Override
    public void close() {
        all.stream().filter(Program::isAlive).forEach(program -> {
            program.signal("CONT");
            program.signal("TERM");
        });
        all.forEach(program -> program.awaitEnd(30));
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(file -> {
                if (!file.delete()) {
                    file.deleteOnExit();
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
