package io.deskwave.control.chaos;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The API as a sensible client uses it: another node when one does not answer, again after a while when none does, but a
 * change whose answer was lost is never sent twice. Notes what no server may answer. Blocks; any thread.
 */
final class Api {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LONGEST_TRY = Duration.ofMinutes(3);

    /** What came of a request; {@code status} 0 is a lost answer. */
    record Answer(int status, JsonObject body) {
        static final Answer LOST = new Answer(0, new JsonObject());

        boolean isGood() {
            return status / 100 == 2;
        }

        boolean isLost() {
            return status == 0;
        }
    }

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final List<String> nodes;
    private final JsonObject bootstrap;
    private final Journal journal;
    private final AtomicInteger next = new AtomicInteger();
    private volatile @Nullable String token;

    Api(Site site, Journal journal) {
        this.nodes = site.nodes().stream()
                .map(node -> "http://127.0.0.1:" + node.port())
                .toList();
        this.bootstrap = site.bootstrap();
        this.journal = journal;
    }

    /** Until somebody answers it, for minutes. */
    JsonObject get(String path) {
        return new JsonObject(new String(getBytes(path).body(), StandardCharsets.UTF_8));
    }

    HttpResponse<byte[]> getBytes(String path) {
        long deadline = System.nanoTime() + LONGEST_TRY.toNanos();
        while (true) {
            String last;
            try {
                HttpResponse<byte[]> answer = http.send(request(path).GET().build(), BodyHandlers.ofByteArray());
                look("GET", path, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
                if (answer.statusCode() / 100 == 2) {
                    return answer;
                }
                last = answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8);
                if (answer.statusCode() / 100 == 4 && answer.statusCode() != 429) {
                    throw new IllegalStateException("GET " + path + ": " + last);
                }
            } catch (IOException e) {
                last = e.toString();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("GET " + path + ": no answer for minutes, last " + last);
            }
            Wait.pause(300);
        }
    }

    /** Again only while it is certain that nothing was done. */
    Answer post(String path, JsonObject body) {
        long deadline = System.nanoTime() + LONGEST_TRY.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                HttpResponse<String> answer = http.send(
                        request(path)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body.encode()))
                                .build(),
                        BodyHandlers.ofString());
                look("POST", path, answer.statusCode(), answer::body);
                if (answer.statusCode() != 503 && answer.statusCode() != 429) {
                    return new Answer(answer.statusCode(), json(answer.body()));
                }
            } catch (ConnectException | HttpConnectTimeoutException e) {
                // it was never sent
            } catch (IOException e) {
                return Answer.LOST;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            Wait.pause(300);
        }
        return Answer.LOST;
    }

    /** A task's story, line by line, from its beginning; ends when the server ends it or the line breaks. */
    Stream<String> events(String taskId) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer = http.send(
                request("/script-execution-tasks/" + taskId + "/events")
                        .timeout(Duration.ofMinutes(10))
                        .GET()
                        .build(),
                BodyHandlers.ofLines());
        if (answer.statusCode() != 200) {
            throw new IOException("events: " + answer.statusCode());
        }
        return answer.body();
    }

    private HttpRequest.Builder request(String path) throws IOException, InterruptedException {
        String node = nodes.get(Math.floorMod(next.getAndIncrement(), nodes.size()));
        return HttpRequest.newBuilder(URI.create(node + "/v2/" + bootstrap.getString("project_id") + path))
                .timeout(PATIENCE)
                .header("X-Auth-Token", token(node));
    }

    private String token(String node) throws IOException, InterruptedException {
        String known = token;
        if (known != null) {
            return known;
        }
        JsonObject user = new JsonObject()
                .put("name", bootstrap.getString("user_name"))
                .put("password", bootstrap.getString("password"))
                .put("domain", new JsonObject().put("name", bootstrap.getString("domain_name")));
        JsonObject identity = new JsonObject()
                .put("methods", new JsonArray().add("password"))
                .put("password", new JsonObject().put("user", user));
        JsonObject scope =
                new JsonObject().put("project", new JsonObject().put("id", bootstrap.getString("project_id")));
        JsonObject auth = new JsonObject()
                .put("auth", new JsonObject().put("identity", identity).put("scope", scope));
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(node + "/v3/auth/tokens"))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(auth.encode()))
                        .build(),
                BodyHandlers.ofString());
        String got = answer.headers()
                .firstValue("X-Subject-Token")
                .orElseThrow(() -> new ConnectException("no token: " + answer.statusCode()));
        token = got;
        return got;
    }

    /** A fault of the database is 503, with a time to come back after; 500 is a bug whatever happened. */
    private void look(String method, String path, int status, Supplier<String> body) {
        journal.count("answers " + status);
        if (status >= 500 && status != 503) {
            journal.find(method + " " + path.replaceAll("[0-9a-f-]{36}", "ID") + " was answered " + status + " "
                    + body.get().replaceAll("\"request_id\":\"[^\"]*\"", ""));
        }
    }

    private static JsonObject json(String text) {
        return text.isEmpty() ? new JsonObject() : new JsonObject(text);
    }
}
