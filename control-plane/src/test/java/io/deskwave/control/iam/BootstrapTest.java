package io.deskwave.control.iam;

import static io.deskwave.control.script.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootstrapTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);

    @Test
    void aStartThatDiedBeforeItsFileIsFinishedByTheNext(@TempDir Path folder) throws IOException {
        MasterKey masterKey = MasterKey.loadOrCreate(folder.resolve("master.key"));
        BootstrapFile file = new BootstrapFile(folder);
        var first = await(new Bootstrap(vertx, database, masterKey, file).run("local-1"));

        var second = await(new Bootstrap(vertx, database, masterKey, file).run("local-1"));
        assertThat(second).isEqualTo(first).isPresent();
        file.complete(second.orElseThrow(), "http://127.0.0.1:1", "enroll");

        assertThat(await(new Bootstrap(vertx, database, masterKey, file).run("local-1")))
                .isEmpty();
        Path written = folder.resolve("bootstrap.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written)))
                .isEqualTo("rw-------");
        assertThat(new JsonObject(Files.readString(written)).fieldNames())
                .containsExactlyInAnyOrder(
                        "endpoint",
                        "domain_name",
                        "user_name",
                        "password",
                        "project_id",
                        "project_name",
                        "access_key",
                        "secret_key",
                        "enrollment_token");
        assertThat(folder.resolve("bootstrap.json.pending")).doesNotExist();
        assertThat(first.toString())
                .doesNotContain(
                        first.orElseThrow().password(), first.orElseThrow().secretKey());
    }

    @Test
    void ofTwoNodesOneInstalls(@TempDir Path one, @TempDir Path two) {
        MasterKey masterKey = MasterKey.loadOrCreate(one.resolve("master.key"));
        var a = new Bootstrap(vertx, database, masterKey, new BootstrapFile(one)).run("local-1");
        var b = new Bootstrap(vertx, database, masterKey, new BootstrapFile(two)).run("local-1");
        await(Future.join(a, b));

        assertThat(Stream.of(a.result(), b.result()).filter(java.util.Optional::isPresent))
                .hasSize(1);
        assertThat(Stream.of(one, two).filter(f -> Files.exists(f.resolve("bootstrap.json.pending"))))
                .hasSize(1);
        assertThat(await(InstallationKeys.load(database, masterKey)).toString()).doesNotContain("token");
    }
}
