package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.pgclient.PgConnectOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationsTest {
    @TempDir
    private Path folder;

    @Test
    void keepsFlywaysTableOutOfOurSchema() {
        PgConnectOptions connect = TestDatabase.freshOptions();

        assertThat(schemasOf(connect, "flyway_schema_history")).isEqualTo("flyway");
        assertThat(schemasOf(connect, "execution_tasks")).isEqualTo("public");
    }

    @Test
    void runsTwiceAndByThreeNodesAtOnce() {
        PgConnectOptions connect = TestDatabase.freshOptions();
        TestDatabase.execute(
                connect, "DROP SCHEMA flyway CASCADE", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public");

        CompletableFuture.allOf(
                        CompletableFuture.runAsync(() -> Migrations.migrate(connect)),
                        CompletableFuture.runAsync(() -> Migrations.migrate(connect)),
                        CompletableFuture.runAsync(() -> Migrations.migrate(connect)))
                .join();
        Migrations.migrate(connect);

        assertThat(schemasOf(connect, "execution_tasks")).isEqualTo("public");
    }

    @Test
    void jobsKeepTheEntitiesThatNodesOfTheVersionBeforeWrite() {
        assertThat(TestDatabase.value(
                        TestDatabase.freshOptions(),
                        "SELECT column_default FROM information_schema.columns"
                                + " WHERE table_name = 'jobs' AND column_name = 'entities'"))
                .startsWith("'{}'");
    }

    @Test
    void aFiringOutlivesItsExecution() {
        assertThat(TestDatabase.value(
                        TestDatabase.freshOptions(),
                        "SELECT confdeltype::text FROM pg_constraint"
                                + " WHERE conname = 'scheduled_task_firings_execution_task_id_fkey'"))
                .as("set null")
                .isEqualTo("n");
    }

    @Test
    void refusesASchemaThatOtherMigrationsMade() {
        PgConnectOptions connect = TestDatabase.freshOptions();
        TestDatabase.execute(connect, "UPDATE flyway.flyway_schema_history SET checksum = 1 WHERE version = '1'");

        assertThatThrownBy(() -> Migrations.migrate(connect))
                .isInstanceOf(DatabaseFault.class)
                .hasMessageContaining("not one this build knows");
    }

    @Test
    void aNodeOfTheVersionBeforeStartsOnTheSchemaOfANewerOne() {
        PgConnectOptions connect = TestDatabase.freshOptions();
        TestDatabase.execute(
                connect,
                "INSERT INTO flyway.flyway_schema_history (installed_rank, version, description, type, script, checksum,"
                        + " installed_by, execution_time, success) SELECT max(installed_rank) + 1, '9999', 'tomorrow',"
                        + " 'SQL', 'V9999__tomorrow.sql', 1, 'deskwave', 1, true FROM flyway.flyway_schema_history");

        Migrations.migrate(connect);

        assertThat(TestDatabase.value(connect, "SELECT max(version::int) FROM flyway.flyway_schema_history"))
                .isEqualTo("9999");
    }

    /** From version 13 on nodes of the version before go on while and after a migration runs. */
    @ParameterizedTest
    @ValueSource(ints = {13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25})
    void aMigrationTakesNothingAwayFromNodesOfTheVersionBefore(int version) throws Exception {
        Path folder = Path.of("src/main/resources/db/migration");
        try (var files = Files.newDirectoryStream(folder, "V" + version + "__*.sql")) {
            for (Path file : files) {
                assertThat(Files.readString(file).replaceAll("--.*", ""))
                        .as(file.toString())
                        .doesNotContainPattern("(?i)\\b(DROP\\s+(TABLE|COLUMN)|RENAME|SET\\s+NOT\\s+NULL"
                                + "|SET\\s+DATA\\s+TYPE|ALTER\\s+COLUMN\\s+\\w+\\s+TYPE"
                                + "|ADD\\s+COLUMN(?![^,;]*DEFAULT)[^,;]*NOT\\s+NULL)");
            }
        }
    }

    @Test
    void saysWhichServerCannotBeReached() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }

        assertThatThrownBy(() -> Migrations.migrate(TestDatabase.freshOptions().setPort(port)))
                .isInstanceOf(DatabaseFault.class)
                .hasMessageContaining("127.0.0.1:" + port + " cannot be reached")
                .hasMessageNotContaining("\n");
    }

    @Test
    void saysThatThePasswordIsWrongWithoutShowingIt() {
        assertThatThrownBy(() -> Migrations.migrate(TestDatabase.freshOptions().setPassword("hunter22")))
                .isInstanceOf(DatabaseFault.class)
                .hasMessageContaining("refuses user 'deskwave'")
                .hasMessageNotContaining("hunter22");
    }

    @Test
    void saysThatTheDatabaseIsMissing() {
        assertThatThrownBy(() -> Migrations.migrate(TestDatabase.server().setDatabase("nowhere")))
                .isInstanceOf(DatabaseFault.class)
                .hasMessageContaining("there is no database 'nowhere'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://me:hunter22@host/db",
                "jdbc:postgresql://me:hunter22@host/db",
                "postgresql://me:hunter22@host:port/db",
                "postgresql://me:hunter22%@host/db",
                "hunter22"
            })
    void refusesWhatIsNoUrlWithoutShowingIt(String url) {
        assertThatThrownBy(() -> DatabaseUrl.parse(url))
                .isInstanceOf(DatabaseFault.class)
                .hasMessageContaining("postgresql://user:password@host:5432/database")
                .hasMessageNotContaining("hunter22");
    }

    @Test
    void readsTheUrlThatTheFixtureWrites() {
        PgConnectOptions connect = TestDatabase.freshOptions();

        PgConnectOptions read = DatabaseUrl.parse(TestDatabase.url(connect) + "?sslmode=disable");

        assertThat(List.of(read.getHost(), read.getPort(), read.getUser(), read.getPassword(), read.getDatabase()))
                .isEqualTo(List.of(
                        connect.getHost(),
                        connect.getPort(),
                        connect.getUser(),
                        connect.getPassword(),
                        connect.getDatabase()));
        Migrations.migrate(read);
    }

    @Test
    void aTableThatIsReadForLongHoldsUpAMigrationAndNobodyBehindIt() throws Exception {
        PgConnectOptions connect = TestDatabase.freshOptions();
        Files.writeString(folder.resolve("V9001__wide.sql"), "ALTER TABLE desktops ADD COLUMN wide text;");
        try (Connection dump = TestDatabase.connection(connect);
                Statement reading = dump.createStatement()) {
            dump.setAutoCommit(false);
            reading.execute("SET application_name = 'a dump'");
            reading.execute("LOCK TABLE desktops IN ACCESS SHARE MODE");

            assertThatThrownBy(() -> migrate(connect, 1))
                    .isInstanceOf(DatabaseFault.class)
                    .hasMessageContaining("a dump of user deskwave, in a transaction since 20")
                    .hasMessageContaining("pg_terminate_backend");

            CompletableFuture<Void> migrating = CompletableFuture.runAsync(() -> migrate(connect, 20));
            Waiting.until("the migration waits", () -> isWaiting(connect));
            TestDatabase.execute(connect, "SET statement_timeout = '10s'", "SELECT count(*) FROM desktops");
            assertThat(migrating).isNotDone();
            dump.rollback();
            migrating.get(30, TimeUnit.SECONDS);
        }
        assertThat(TestDatabase.value(connect, "SELECT count(wide) FROM desktops"))
                .isEqualTo("0");
    }

    private void migrate(PgConnectOptions connect, int tries) {
        Migrations.migrate(connect, tries, Duration.ofMillis(200), "classpath:db/migration", "filesystem:" + folder);
    }

    private static boolean isWaiting(PgConnectOptions connect) {
        return !TestDatabase.value(connect, "SELECT count(*) FROM pg_locks WHERE NOT granted")
                .equals("0");
    }

    private static String schemasOf(PgConnectOptions connect, String table) {
        return TestDatabase.value(
                connect, "SELECT string_agg(schemaname, ',') FROM pg_tables WHERE tablename = '" + table + "'");
    }
}
