package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.http.Allowance;
import io.deskwave.control.http.Caller;
import io.deskwave.control.http.DocumentedAnswers;
import io.deskwave.control.http.FrontDoor;
import io.deskwave.control.http.Verifier;
import io.deskwave.control.script.ScriptRoutes;
import io.deskwave.control.script.ScriptStore;
import io.deskwave.control.script.Scripts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
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
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The room's operations behind the real front door, on a clock that tests move. A token is the project of its bearer, and after a {@code +} what they may do. */
final class ScheduleServer {
    static final Instant START = Instant.parse("2026-11-21T12:00:00Z");

    final Vertx vertx = Vertx.vertx();
    final Database database = TestDatabase.fresh(vertx);
    final DesktopFixture fixture = new DesktopFixture(database);
    volatile Instant now = START;
    final ExportLimits exportLimits;
    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    private static final class Bearers implements Verifier {
        @Override
        public Future<Caller> verify(HttpServerRequest request) {
            return verifyToken(
                    Optional.ofNullable(request.getHeader("X-Auth-Token")).orElse(PROJECT));
        }

        @Override
        public Future<Caller> verifyToken(String token) {
            int plus = token.indexOf('+');
            String project = plus < 0 ? token : token.substring(0, plus);
            Set<String> permissions =
                    plus < 0 ? Set.of("*") : Set.of(token.substring(plus + 1).split(",", -1));
            return Future.succeededFuture(new Caller("u", "user", project, permissions));
        }
    }

    ScheduleServer() {
        this(ExportLimits.USUAL);
    }

    ScheduleServer(ExportLimits exportLimits) {
        this.exportLimits = exportLimits;
        FrontDoor door = await(FrontDoor.open(
                vertx,
                new Bearers(),
                failure -> Optional.empty(),
                new Allowance(vertx, 1),
                () -> Future.succeededFuture()));
        var scripts = new ScriptStore();
        new ScriptRoutes(new Scripts(database, scripts)).hang(door.operations());
        new ScheduledTaskRoutes(new ScheduledTasks(database, scripts, () -> now)).mount(door.operations());
        new ExportRoutes(new Exports(database, () -> now, exportLimits, () -> {})).mount(door.operations());
        new TenantRoutes(vertx, database, () -> now).mount(door.operations());
        port = await(door.attach(vertx.createHttpServer(FrontDoor.serverOptions()))
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    record Answer(int status, String text) {
        /** Of an answer that has to be 200. */
        @CanIgnoreReturnValue
        JsonObject json() {
            assertThat(status).as(text).isEqualTo(200);
            return new JsonObject(text);
        }

        String message() {
            return new JsonObject(text).getString("error_msg");
        }

        /** One member of each row of a list. */
        List<String> column(String rows, String name) {
            JsonArray array = json().getJsonArray(rows);
            return array.stream().map(row -> ((JsonObject) row).getString(name)).toList();
        }
    }

    @CanIgnoreReturnValue
    Answer send(String method, String path, @Nullable String body) {
        return sendAs(PROJECT, method, path, body);
    }

    /** Single quotes in the body stand for double ones. */
    @CanIgnoreReturnValue
    Answer sendAs(String project, String method, String path, @Nullable String body) {
        return send(project, project, method, path, body);
    }

    /** By somebody who may do these things only. */
    Answer sendWith(String permissions, String method, String path, @Nullable String body) {
        return send(PROJECT, PROJECT + "+" + permissions, method, path, body);
    }

    private Answer send(String project, String token, String method, String path, @Nullable String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/" + project + path))
                .method(
                        method,
                        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.replace('\'', '"')))
                .header("X-Auth-Token", token)
                .build();
        try {
            HttpResponse<String> response = DocumentedAnswers.checked(client.send(request, BodyHandlers.ofString()));
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An answer that is a file. */
    HttpResponse<byte[]> download(String project, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/" + project + path))
                .header("X-Auth-Token", project)
                .build();
        try {
            return DocumentedAnswers.checkedBytes(client.send(request, BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The id of a new script. */
    String script(String project) {
        return sendAs(project, "POST", "/scripts", "{'name':'s','type':'SHELL','content':'echo hi'}")
                .json()
                .getString("script_id");
    }

    @CanIgnoreReturnValue
    String create(String body) {
        return createAs(PROJECT, body);
    }

    @CanIgnoreReturnValue
    String createAs(String project, String body) {
        return sendAs(project, "POST", "/scheduled-tasks", body).json().getString("task_id");
    }
}
