package io.deskwave.control.e2e;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.http.DocumentedAnswers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Somebody who calls the API of one node, or of whichever a balancer gives them. */
final class Caller {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final JsonObject bootstrap;
    private final String token;

    Caller(String url, JsonObject bootstrap) {
        this.url = url;
        this.bootstrap = bootstrap;
        var answer = login();
        this.token = answer.headers()
                .firstValue("X-Subject-Token")
                .orElseThrow(() -> new AssertionError(answer.statusCode() + " " + answer.body()));
    }

    HttpResponse<String> login() {
        JsonObject user = new JsonObject()
                .put("name", bootstrap.getString("user_name"))
                .put("password", bootstrap.getString("password"))
                .put("domain", new JsonObject().put("name", bootstrap.getString("domain_name")));
        JsonObject identity = new JsonObject()
                .put("methods", new JsonArray().add("password"))
                .put("password", new JsonObject().put("user", user));
        JsonObject scope = new JsonObject().put("project", new JsonObject().put("id", project()));
        JsonObject auth = new JsonObject().put("identity", identity).put("scope", scope);
        return send("POST", "/v3/auth/tokens", new JsonObject().put("auth", auth), null);
    }

    private String project() {
        return bootstrap.getString("project_id");
    }

    /** {@code path} begins after the project. */
    HttpResponse<String> ask(String method, String path, @Nullable JsonObject body) {
        return send(method, "/v2/" + project() + path, body, token);
    }

    HttpResponse<String> askFrom(String path) {
        return send("GET", path, null, token);
    }

    private HttpResponse<String> send(
            String method, String path, @Nullable JsonObject body, @Nullable String authToken) {
        var request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()));
        if (authToken != null) {
            request.header("X-Auth-Token", authToken);
        }
        try {
            return DocumentedAnswers.checked(http.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Fails when it does not succeed. */
    @CanIgnoreReturnValue
    JsonObject call(String method, String path, @Nullable JsonObject body) {
        var answer = ask(method, path, body);
        if (answer.statusCode() >= 300) {
            throw new AssertionError(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body().isEmpty() ? new JsonObject() : new JsonObject(answer.body());
    }

    static JsonObject command(String text, int timeoutMinutes, Collection<String> desktopIds) {
        return new JsonObject()
                .put("resource_ids", new JsonArray(List.copyOf(desktopIds)))
                .put("command_content", text)
                .put("command_type", "SHELL")
                .put("execution_timeout", timeoutMinutes);
    }

    /** Answers the task's id. */
    String run(String text, int timeoutMinutes, Collection<String> desktopIds) {
        return call("POST", "/script-executions", command(text, timeoutMinutes, desktopIds))
                .getString("task_id");
    }

    void stop(String taskId) {
        call("POST", "/script-executions/stop", new JsonObject().put("task_id", taskId));
    }

    List<JsonObject> records(String taskId) {
        return call("GET", "/script-execution-records?limit=100&script_task_id=" + taskId, null)
                .getJsonArray("script_records")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    String output(String recordId) {
        return call("GET", "/script-execution-records/" + recordId, null).getString("output");
    }

    /** Until all of them are. */
    void awaitRecords(String taskId, String status, int seconds) {
        Eventually.holds(
                seconds,
                () -> records(taskId).stream()
                        .allMatch(record -> record.getString("status").equals(status)),
                () -> "not " + status + ": " + records(taskId));
    }

    String desktopStatus(String desktopId) {
        return call("GET", "/desktops/" + desktopId, null)
                .getJsonObject("desktop")
                .getString("status");
    }

    Watcher watch(String taskId) {
        return Watcher.on(
                URI.create(url.replace("http:", "ws:") + "/v2/" + project() + "/script-execution-tasks/" + taskId
                        + "/live"),
                token);
    }
}
