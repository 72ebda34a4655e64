package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded PostgreSQL on a disk that fills up; needs the right to mount one. */
final class FullDiskTest {
    @TempDir
    Path parent;

    private final Vertx vertx = Vertx.vertx();
    private boolean mounted;
    private @Nullable EmbeddedPostgres postgres;

    private Path disk() {
        return parent.resolve("disk");
    }

    @BeforeEach
    void mount() throws Exception {
        Files.createDirectory(disk());
        mounted = run("mount", "-t", "tmpfs", "-o", "size=160m,mode=700", "deskwave-test", disk().toString());
        assumeTrue(mounted, "this user may mount no file system");
        TestDatabase.lendPrograms(disk());
    }

    @AfterEach
    void unmount() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        if (postgres != null) {
            postgres.stop();
        }
        if (mounted) {
            assertThat(run("umount", disk().toString())).isTrue();
        }
    }

    @Test
    void saysSoAndGoesOnWhenThereIsRoomAgain() throws Exception {
        EmbeddedPostgres server = EmbeddedPostgres.start(disk());
        postgres = server;
        Database database = Database.open(vertx, server.connectOptions(), 2);
        assertThat(isDone(database, "CREATE TABLE kept (text text)")).isTrue();
        assertThat(isDone(database, "INSERT INTO kept VALUES ('before')")).isTrue();

        Path ballast = fill();
        Waiting.until(
                "nothing more is written",
                () -> !isDone(database, "INSERT INTO kept SELECT repeat('x', 8000) FROM generate_series(1, 500)"));
        Waiting.until(
                "it says why",
                () -> server.trouble().orElse("").contains("the disk of the embedded PostgreSQL is full"));

        Files.delete(ballast);
        Waiting.until("it goes on", () -> isDone(database, "INSERT INTO kept VALUES ('after')"));
        Waiting.until("all is well", () -> server.trouble().isEmpty());
        assertThat(TestDatabase.value(
                        server.connectOptions(), "SELECT count(*) FROM kept WHERE text IN ('before', 'after')"))
                .isEqualTo("2");
    }

    private Path fill() throws IOException {
        Path ballast = disk().resolve("ballast");
        byte[] block = new byte[64 * 1024];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            return ballast;
        }
    }

    /** A call fails as one that may be tried again later, or not at all. */
    private static boolean isDone(Database database, String statement) {
        try {
            return database.client().query(statement).execute().await(20, TimeUnit.SECONDS) != null;
        } catch (Exception e) {
            assertThat(Database.isUnavailable(e)).as(e.toString()).isTrue();
            return false;
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
