import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** The API of one project as the scripts here use it, with the credentials of a bootstrap file. Blocks. */
final class Api {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final String endpoint;
    private final String project;
    private final String token;

    Api(Path bootstrap) throws IOException, InterruptedException {
        JsonObject credentials = new JsonObject(Files.readString(bootstrap));
        this.endpoint = credentials.getString("endpoint");
        this.project = "/v2/" + credentials.getString("project_id");
        JsonObject user = new JsonObject()
                .put("name", credentials.getString("user_name"))
                .put("password", credentials.getString("password"))
                .put("domain", new JsonObject().put("name", credentials.getString("domain_name")));
        JsonObject identity = new JsonObject()
                .put("methods", new io.vertx.core.json.JsonArray().add("password"))
                .put("password", new JsonObject().put("user", user));
        JsonObject auth = new JsonObject()
                .put("identity", identity)
                .put(
                        "scope",
                        new JsonObject()
                                .put("project", new JsonObject().put("id", credentials.getString("project_id"))));
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(endpoint + "/v3/auth/tokens"))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                new JsonObject().put("auth", auth).encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        this.token = answer.headers()
                .firstValue("X-Subject-Token")
                .orElseThrow(() -> new IOException("no token: " + answer.statusCode() + " " + answer.body()));
    }

    /** {@code path} begins after the project. */
    JsonObject get(String path) throws IOException, InterruptedException {
        return send(request(path).timeout(PATIENCE).GET());
    }

    /** {@code path} is whole: what lies outside of a project. */
    JsonObject getFrom(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(endpoint + path))
                .header("X-Auth-Token", token)
                .timeout(PATIENCE)
                .GET());
    }

    JsonObject post(String path, JsonObject body) throws IOException, InterruptedException {
        return send(request(path)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode())));
    }

    /** {@code path} is whole: what lies outside of a project. */
    JsonObject postTo(String path, JsonObject body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(endpoint + path))
                .header("X-Auth-Token", token)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode())));
    }

    /** A task's story as it happens, one event at a time, until its end. */
    Stream<JsonObject> events(String taskId) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer = http.send(
                request("/script-execution-tasks/" + taskId + "/events").GET().build(),
                HttpResponse.BodyHandlers.ofLines());
        if (answer.statusCode() != 200) {
            throw new IOException("events: " + answer.statusCode());
        }
        return answer.body()
                .filter(line -> line.startsWith("data: "))
                .map(line -> new JsonObject(line.substring("data: ".length())));
    }

    /** The same story through a WebSocket. */
    void watch(String taskId, WebSocket.Listener viewer) {
        http.newWebSocketBuilder()
                .header("X-Auth-Token", token)
                .buildAsync(
                        URI.create(endpoint.replaceFirst("^http", "ws") + project + "/script-execution-tasks/" + taskId
                                + "/live"),
                        viewer)
                .join();
    }

    /** {@code path} begins after the project. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(endpoint + project + path)).header("X-Auth-Token", token);
    }

    private JsonObject send(HttpRequest.Builder request) throws IOException, InterruptedException {
        String text = text(request);
        return text.isEmpty() ? new JsonObject() : new JsonObject(text);
    }

    /** An answer as it came, which nobody has read yet. {@code path} begins after the project, unless it is whole. */
    String text(String path, boolean whole) throws IOException, InterruptedException {
        HttpRequest.Builder request = whole
                ? HttpRequest.newBuilder(URI.create(endpoint + path)).header("X-Auth-Token", token)
                : request(path);
        return text(request.timeout(PATIENCE).GET());
    }

    private String text(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpRequest built = request.build();
        HttpResponse<String> answer = http.send(built, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(built.method() + " " + built.uri().getPath() + ": " + answer.statusCode() + " "
                    + answer.body());
        }
        return answer.body();
    }
}
