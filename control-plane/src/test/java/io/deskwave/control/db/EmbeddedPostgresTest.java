package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
    @TempDir
    Path folder;

    private final List<EmbeddedPostgres> started = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void lendPrograms() throws IOException {
        TestDatabase.lendPrograms(folder);
    }

    @AfterEach
    void stopAll() {
        started.forEach(EmbeddedPostgres::stop);
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void writesThroughToTheDiskAndAsksForAPassword() throws Exception {
        EmbeddedPostgres postgres = start();

        assertThat(setting(postgres, "fsync")).isEqualTo("on");
        assertThat(setting(postgres, "full_page_writes")).isEqualTo("on");
        assertThat(setting(postgres, "listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(setting(postgres, "server_encoding")).isEqualTo("UTF8");
        assertThat(setting(postgres, "server_version")).isEqualTo("18.6");
        assertThat(Files.readAllLines(folder.resolve("data/pg_hba.conf")))
                .filteredOn(line -> !line.isBlank() && !line.startsWith("#"))
                .isNotEmpty()
                .allMatch(line -> line.endsWith("scram-sha-256"));
        assertThatThrownBy(() -> Migrations.migrate(postgres.connectOptions().setPassword("wrong")))
                .isInstanceOf(DatabaseFault.class);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("password"))))
                .isEqualTo("rw-------");
    }

    @Test
    void keepsItsDataAcrossAStopAndAStart() throws Exception {
        EmbeddedPostgres first = start();
        TestDatabase.execute(first.connectOptions(), "CREATE TABLE kept AS SELECT 42 AS answer");
        long pid = first.pid();
        first.stop();
        assertThat(ProcessHandle.of(pid)).isEmpty();

        assertThat(answer(start().connectOptions())).isEqualTo("42");
    }

    @Test
    void startsAtOnceAfterItsOwnerWasKilledAndLeavesNoServerBehind() throws Exception {
        Process owner = owner();
        long orphan = serverOf(owner);
        owner.toHandle().destroyForcibly();
        assertThat(owner.waitFor(10, TimeUnit.SECONDS)).isTrue();

        EmbeddedPostgres next = start();

        assertThat(answer(next.connectOptions())).isEqualTo("42");
        Waiting.until("the orphan is gone", () -> !isRunning(orphan));
        assertThat(next.pid()).isNotEqualTo(orphan);
    }

    /** The owner is frozen, so that nobody reaps the server: it stays in the process table as a zombie. */
    @Test
    void endsAServerThatWasLeftBehindAndTakesAZombieForGone() throws Exception {
        Process owner = owner();
        long orphan = serverOf(owner);
        Process freeze = new ProcessBuilder("sh", "-c", "kill -STOP " + owner.pid()).start();
        assertThat(freeze.waitFor()).isZero();

        EmbeddedPostgres next = start();

        assertThat(answer(next.connectOptions())).isEqualTo("42");
        assertThat(next.pid()).isNotEqualTo(orphan);
        assertThat(isRunning(orphan)).isFalse();
    }

    @Test
    void doesNotTouchAStrangerWhosePidIsInTheFile() throws Exception {
        start().stop();
        Process stranger = new ProcessBuilder("sh", "-c", "read forever # postgres").start();
        processes.add(stranger);
        Files.writeString(
                folder.resolve("data/postmaster.pid"),
                stranger.pid() + "\n" + folder.resolve("data") + "\n1\n1\n\n\n\nready\n",
                StandardOpenOption.CREATE);

        EmbeddedPostgres postgres = start();

        assertThat(setting(postgres, "fsync")).isEqualTo("on");
        assertThat(stranger.isAlive()).isTrue();
    }

    @Test
    void startsTheServerAgainWhenItDiesAndThePoolFindsIt() throws Exception {
        EmbeddedPostgres postgres = start();
        Vertx vertx = Vertx.vertx();
        try {
            Database database = Database.open(vertx, postgres.connectOptions(), 2);
            assertThat(isAnswering(database)).isTrue();
            long killed = postgres.pid();

            assertThat(ProcessHandle.of(killed).orElseThrow().destroyForcibly()).isTrue();

            Waiting.until("another server", () -> postgres.pid() != killed && isAnswering(database));
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    /** A process of the killed server that is in the middle of something does not notice; here it is frozen. */
    @Test
    void endsWhatAKilledServerLeftBehindBeforeTheNextOneTouchesTheData() throws Exception {
        EmbeddedPostgres postgres = start();
        int port = postgres.connectOptions().getPort();
        Vertx vertx = Vertx.vertx();
        try {
            Database database = Database.open(vertx, postgres.connectOptions(), 1);
            long backend = database.client()
                    .query("SELECT pg_backend_pid()")
                    .execute()
                    .await(10, TimeUnit.SECONDS)
                    .iterator()
                    .next()
                    .getInteger(0);
            long killed = postgres.pid();
            Signals.send("STOP", backend);

            assertThat(ProcessHandle.of(killed).orElseThrow().destroyForcibly()).isTrue();

            Waiting.until("another server", () -> postgres.pid() != killed && isAnswering(database));
            assertThat(isRunning(backend)).isFalse();
            assertThat(postgres.connectOptions().getPort()).isEqualTo(port);
            assertThat(postgres.trouble()).isEmpty();
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void callsFailInTimeWhileTheServerIsFrozen() throws Exception {
        EmbeddedPostgres postgres = start();
        Vertx vertx = Vertx.vertx();
        try {
            Database database = Database.open(vertx, postgres.connectOptions(), 2, 2);
            assertThat(isAnswering(database)).isTrue();
            List<Long> frozen = new ArrayList<>(List.of(postgres.pid()));
            ProcessHandle.of(postgres.pid()).orElseThrow().descendants().forEach(each -> frozen.add(each.pid()));
            for (long pid : frozen) {
                Signals.send("STOP", pid);
            }
            try {
                assertThat(isAnswering(database)).as("an open connection").isFalse();
                assertThat(isAnswering(database)).as("a new connection").isFalse();
            } finally {
                for (long pid : frozen) {
                    Signals.send("CONT", pid);
                }
            }
            Waiting.until("it answers again", () -> isAnswering(database));
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aServerThatDiesAgainAndAgainIsStartedAgainAndAgain() throws Exception {
        EmbeddedPostgres postgres = start();
        for (int i = 0; i < 3; i++) {
            long killed = postgres.pid();
            assertThat(ProcessHandle.of(killed).orElseThrow().destroyForcibly()).isTrue();
            Waiting.until("it is down", () -> postgres.trouble().isPresent() || postgres.pid() != killed);
            Waiting.until(
                    "another server",
                    () -> postgres.pid() != killed && postgres.trouble().isEmpty());
        }
        assertThat(setting(postgres, "fsync")).isEqualTo("on");
    }

    @Test
    void beginsAnewAfterACrashInTheMiddleOfTheFirstStart() throws Exception {
        Path half = Files.createDirectory(folder.resolve("initdb-123"));
        Files.writeString(half.resolve("PG_VERSION"), "18\n");

        EmbeddedPostgres postgres = start();

        assertThat(setting(postgres, "fsync")).isEqualTo("on");
        assertThat(half).doesNotExist();
    }

    @Test
    void refusesTheDataOfAnotherMajorVersion() throws Exception {
        Files.writeString(folder.resolve("password"), "x");
        Files.writeString(Files.createDirectory(folder.resolve("data")).resolve("PG_VERSION"), "17\n");

        assertThatThrownBy(this::start)
                .isInstanceOf(DatabaseFault.class)
                .hasMessageContaining("was written by PostgreSQL 17");
    }

    @Test
    void saysWhereToReadWhyTheServerDoesNotStart() throws Exception {
        start().stop();
        Files.writeString(folder.resolve("data/postgresql.conf"), "nonsense = 1\n");

        assertThatThrownBy(this::start)
                .isInstanceOf(DatabaseFault.class)
                .hasMessageContaining(
                        folder.toRealPath().resolve("log/postgresql.log").toString());
    }

    private EmbeddedPostgres start() {
        EmbeddedPostgres postgres = EmbeddedPostgres.start(folder);
        started.add(postgres);
        return postgres;
    }

    private Process owner() throws IOException {
        Process owner = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        processes.add(owner);
        return owner;
    }

    private static long serverOf(Process owner) throws IOException {
        BufferedReader output = owner.inputReader(StandardCharsets.UTF_8);
        return Long.parseLong(String.valueOf(output.readLine()));
    }

    private static boolean isRunning(long pid) {
        try {
            return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    private static boolean isAnswering(Database database) {
        try {
            return database.client()
                            .query("SELECT 1")
                            .execute()
                            .await(10, TimeUnit.SECONDS)
                            .size()
                    == 1;
        } catch (Exception e) {
            assertThat(Database.isUnavailable(e)).as(e.toString()).isTrue();
            return false;
        }
    }

    private static String setting(EmbeddedPostgres postgres, String name) {
        return TestDatabase.value(postgres.connectOptions(), "SHOW " + name);
    }

    private static String answer(PgConnectOptions connect) {
        return TestDatabase.value(connect, "SELECT answer FROM kept");
    }

    /** A process that owns a server and is killed by the test. */
    public static final class Owner {
        private Owner() {}

        public static void main(String[] arguments) throws Exception {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(arguments[0]));
            TestDatabase.execute(postgres.connectOptions(), "CREATE TABLE kept AS SELECT 42 AS answer");
            System.out.println(postgres.pid());
            System.exit(System.in.read());
        }
    }
}
