package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.await;

import io.deskwave.control.http.Allowance;
import io.deskwave.control.http.Caller;
import io.deskwave.control.http.DocumentedAnswers;
import io.deskwave.control.http.FrontDoor;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Verifier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The real front door with some operations behind it; who calls is made up, and a token is its one permission. */
public final class ApiFixture {
    private final String project;
    private final int port;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    public ApiFixture(Vertx vertx, String project, Consumer<Operations> mount) {
        this.project = project;
        FrontDoor door = await(FrontDoor.open(
                vertx,
                new Bearers(),
                failure -> Optional.empty(),
                new Allowance(vertx, 1),
                () -> Future.succeededFuture()));
        mount.accept(door.operations());
        this.port = await(door.attach(vertx.createHttpServer(FrontDoor.serverOptions()))
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    /** Callers are of one project, or of the one that their token begins with. */
    private final class Bearers implements Verifier {
        @Override
        public Future<Caller> verify(HttpServerRequest request) {
            return verifyToken(
                    Optional.ofNullable(request.getHeader("X-Auth-Token")).orElse("*"));
        }

        @Override
        public Future<Caller> verifyToken(String token) {
            int at = token.indexOf('@');
            return Future.succeededFuture(new Caller(
                    "u", "user", at < 0 ? project : token.substring(at + 1), Set.of(token.replaceAll("@.*", ""))));
        }
    }

    public record Answer(int status, String text) {
        public JsonObject json() {
            return new JsonObject(text);
        }
    }

    /** Anything may be done; {@code {v2}} is the project's path and single quotes stand for double ones. */
    public Answer send(String method, String path, @Nullable String body) {
        return send(method, path, body, "*");
    }

    /**
     * @param token a permission, and after an {@code @} the project when it is another
     * @param headers names and values by turns
     */
    public Answer send(String method, String path, @Nullable String body, String token, String... headers) {
        String of = token.contains("@") ? token.substring(token.indexOf('@') + 1) : project;
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path.replace("{v2}", "/v2/" + of)))
                .timeout(Duration.ofSeconds(20))
                .header("X-Auth-Token", token)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? BodyPublishers.noBody()
                                // Without a length, and so chunked, as the vendor's SDK does it.
                                : BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(
                                        body.replace('\'', '"').getBytes(StandardCharsets.UTF_8))));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            var response = DocumentedAnswers.checked(client.send(request.build(), BodyHandlers.ofString()));
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
