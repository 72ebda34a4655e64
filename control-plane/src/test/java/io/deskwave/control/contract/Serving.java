package io.deskwave.control.contract;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.Config;
import io.deskwave.control.ControlPlane;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.iam.TokenMint;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The whole control plane in this JVM, on a database of its own, with callers of every kind. */
final class Serving implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;
    private static final String OTHER_PROJECT = "e".repeat(32);
    private static final String STRANGER = "f".repeat(32);
    private static final String VIEWER = "9".repeat(32);

    private final Vertx vertx = Vertx.vertx();
    private final Database database;
    private final TokenMint mint;
    private final String userId;
    final JsonObject bootstrap;
    final ApiDocument document;
    final int port;

    Serving(Path folder) {
        try {
            PgConnectOptions connect = TestDatabase.freshOptions();
            Config config = Config.parse(
                    List.of(
                            "serve",
                            "--port",
                            "0",
                            "--event-loops",
                            "2",
                            "--data-dir",
                            folder.toString(),
                            "--database-url",
                            TestDatabase.url(connect)),
                    Map.of());
            ControlPlane node = new ControlPlane(config);
            String id = await(vertx.deployVerticle(node));
            assert !id.isEmpty();
            port = URI.create(node.url()).getPort();
            bootstrap = new JsonObject(Files.readString(folder.resolve("bootstrap.json")));
            database = TestDatabase.open(vertx, connect);
            mint = await(TokenMint.of(vertx, database, config.masterKeyFile()));
            userId = await(database.client()
                            .preparedQuery("SELECT id, domain_id FROM users WHERE name = $1")
                            .execute(Tuple.of(bootstrap.getString("user_name"))))
                    .iterator()
                    .next()
                    .getString("id");
            document = new ApiDocument(new JsonObject(
                    open().send(Request.of("GET", "/openapi.json", "")).text()));
            grant(STRANGER, "stranger", OTHER_PROJECT, List.of("workspace:*"));
            grant(VIEWER, "viewer", projectId(), permissionsToLook());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void grant(String user, String name, String project, List<String> permissions) {
        execute(
                "INSERT INTO projects (id, domain_id, name) SELECT $1, domain_id, $2 FROM users WHERE id = $3"
                        + " ON CONFLICT DO NOTHING",
                project,
                name,
                userId);
        execute(
                "INSERT INTO users (id, domain_id, name, password_hash) SELECT $1, domain_id, $2, '' FROM users"
                        + " WHERE id = $3",
                user,
                name,
                userId);
        execute(
                "INSERT INTO user_permissions (user_id, project_id, permissions)"
                        + " VALUES ($1, $2, string_to_array($3, ','))",
                user,
                project,
                String.join(",", permissions));
    }

    private void execute(String sql, Object... arguments) {
        await(database.client()
                .preparedQuery(sql)
                .execute(Tuple.wrap(List.of(arguments)))
                .mapEmpty());
    }

    /** Of all that is asked with GET. */
    List<String> permissionsToLook() {
        return document.operations().stream()
                .filter(operation -> operation.method().equals("GET"))
                .map(ApiOperation::permission)
                .filter(permission -> !permission.isEmpty())
                .distinct()
                .toList();
    }

    Line open() {
        return new Line(port);
    }

    String projectId() {
        return bootstrap.getString("project_id");
    }

    String token() {
        return mint.token(userId, projectId(), Instant.now());
    }

    FuzzRun.Target target() {
        return new FuzzRun.Target(
                port, document, projectId(), token(), Set.of(userId, projectId(), bootstrap.getString("access_key")));
    }

    String expiredToken() {
        return mint.token(userId, projectId(), Instant.now().minusSeconds(100_000));
    }

    String strangersToken() {
        return mint.token(STRANGER, OTHER_PROJECT, Instant.now());
    }

    String viewersToken() {
        return mint.token(VIEWER, projectId(), Instant.now());
    }

    @CanIgnoreReturnValue
    private static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        // Not awaited: the pool would hold it up.
        vertx.close().onFailure(Throwable::printStackTrace);
    }
}
