package io.deskwave.control.script;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.http.Allowance;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.DocumentedAnswers;
import io.deskwave.control.http.FrontDoor;
import io.deskwave.control.iam.Bootstrap;
import io.deskwave.control.iam.BootstrapFile;
import io.deskwave.control.iam.InstallationKeys;
import io.deskwave.control.iam.MasterKey;
import io.deskwave.control.iam.Memory;
import io.deskwave.control.iam.PeopleRoutes;
import io.deskwave.control.iam.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The real front door with the people's and the scripts' room on a fresh database, on a port of its own. */
public final class TestServer implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;

    public final Vertx vertx = Vertx.vertx();
    public final Database database = TestDatabase.fresh(vertx);
    public final BootstrapFile.Credentials credentials;
    public final FrontDoor door;
    public final Tokens tokens;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpServer server;
    private volatile Instant now = Instant.parse("2026-11-21T12:00:00Z");

    public TestServer(Path folder) {
        MasterKey masterKey = MasterKey.loadOrCreate(folder.resolve("master.key"));
        BootstrapFile file = new BootstrapFile(folder);
        credentials = await(new Bootstrap(vertx, database, masterKey, file).run("local-1"))
                .orElseThrow();
        InstallationKeys keys = await(InstallationKeys.load(database, masterKey));
        tokens = new Tokens(vertx, database, masterKey, keys, new Memory(vertx, () -> now), () -> now);
        door = await(
                FrontDoor.open(vertx, tokens, TestServer::translate, new Allowance(vertx, 1), Future::succeededFuture));
        new PeopleRoutes(database, tokens, () -> now).hang(door.operations());
        new ScriptRoutes(new Scripts(database, new ScriptStore())).hang(door.operations());
        server = await(
                door.attach(vertx.createHttpServer(FrontDoor.serverOptions())).listen(0, "127.0.0.1"));
    }

    @CanIgnoreReturnValue
    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<ApiException> translate(Throwable failure) {
        return failure instanceof IllegalCallerException
                ? Optional.of(new ApiException.Unavailable("the database is away", 0))
                : Optional.empty();
    }

    public int port() {
        return server.actualPort();
    }

    public void moveClock(long seconds) {
        now = now.plusSeconds(seconds);
    }

    public record Answer(int status, String text, java.net.http.HttpHeaders headers) {
        public JsonObject json() {
            return new JsonObject(text);
        }

        public String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        public String message() {
            return json().getString("error_msg");
        }
    }

    /** Sends a request; header names and values alternate. The answer is as the document promises. */
    public Answer send(String method, String target, @Nullable String body, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + target))
                    .method(
                            method,
                            body == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            if (headers.length > 0) {
                request.headers(headers);
            }
            HttpResponse<String> response =
                    DocumentedAnswers.checked(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
            return new Answer(response.statusCode(), response.body(), response.headers());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token of the first user. */
    public String token() {
        Answer answer = login(credentials.userName(), credentials.password());
        return answer.header("X-Subject-Token");
    }

    public Answer login(String name, String password) {
        JsonObject user = new JsonObject().put("name", name).put("password", password);
        JsonObject identity = new JsonObject()
                .put("methods", new io.vertx.core.json.JsonArray().add("password"))
                .put("password", new JsonObject().put("user", user));
        return send(
                "POST",
                "/v3/auth/tokens",
                new JsonObject()
                        .put("auth", new JsonObject().put("identity", identity))
                        .encode());
    }

    public String scripts() {
        return "/v2/" + credentials.projectId() + "/scripts";
    }

    @Override
    public void close() {
        // Not awaited: idle connections of the client would hold it up.
        vertx.close().onFailure(Throwable::printStackTrace);
    }
}
