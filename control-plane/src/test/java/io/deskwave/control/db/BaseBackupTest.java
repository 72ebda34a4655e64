package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseBackupTest {
    private static final long FILE_BYTES = 16L << 20;

    @TempDir
    Path folder;

    @Test
    void namesEveryFileOfTheLogAlsoWhereTheFirstPartOfTheNumberGoesUp() {
        assertThat(BaseBackup.logFiles("0000000100000001000000FE", "000000010000000200000001", FILE_BYTES))
                .containsExactly(
                        "0000000100000001000000FE",
                        "0000000100000001000000FF",
                        "000000010000000200000000",
                        "000000010000000200000001");
    }

    @Test
    void leavesOutWhatAServerMakesAnewAndPutsTheControlFileLast() throws IOException {
        for (String name : List.of(
                "PG_VERSION",
                "postmaster.pid",
                "postmaster.opts",
                "base/5/1259",
                "base/5/t3_16384",
                "base/5/pg_internal.init",
                "base/pgsql_tmp/pgsql_tmp1.0",
                "global/pg_control",
                "global/zzz",
                "pg_wal/000000010000000000000001",
                "pg_replslot/other/state",
                "pg_xact/0000")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, name);
        }

        DataFiles files = DataFiles.list(folder);

        assertThat(files.files().stream().map(Path::toString))
                .containsExactly("PG_VERSION", "base/5/1259", "global/zzz", "pg_xact/0000", "global/pg_control");
        assertThat(files.folders().stream().map(Path::toString))
                .contains("base/5", "pg_wal", "pg_wal/archive_status", "pg_wal/summaries", "pg_replslot")
                .doesNotContain("pg_replslot/other", "base/pgsql_tmp");
    }

    /** Here after 48 MB: a backup that hangs does not fill the disk, and one that goes on is told that it is worth nothing. */
    @Test
    void isGivenUpWhenTheLogOutgrowsItsBound() throws Exception {
        TestDatabase.lendPrograms(folder);
        ServerOnItsOwn server = ServerOnItsOwn.in(folder);
        assertThat(server.command()).contains("--max_slot_wal_keep_size=8GB");
        List<String> command = server.command().stream()
                .map(word -> word.replace("keep_size=8GB", "keep_size=48MB"))
                .toList();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        try {
            Waiting.until("the server is ready", () -> server.saysReady(process.pid()));
            try (BaseBackup backup = BaseBackup.begin(server.connect())) {
                backup.requireLog();
                TestDatabase.execute(server.connect(), "CREATE TABLE t (n int)");
                for (int file = 0; file < 8; file++) {
                    TestDatabase.execute(
                            server.connect(), "INSERT INTO t VALUES (1)", "SELECT pg_switch_wal()", "CHECKPOINT");
                }

                assertThatThrownBy(backup::stop)
                        .isInstanceOf(DatabaseFault.class)
                        .hasMessageContaining("outgrown 8 GB");
            }
        } finally {
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void doesNotWaitForeverForAServerThatIsFrozen() throws IOException {
        try (ServerSocket frozen = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var connect = TestDatabase.server().setHost("127.0.0.1").setPort(frozen.getLocalPort());

            assertThatThrownBy(() -> BaseBackup.begin(connect, 1).close())
                    .isInstanceOf(DatabaseFault.class)
                    .hasMessageContaining("try again");
        }
    }

    /** A session that ends without a stop leaves nothing that would keep the log for ever. */
    @Test
    void letsGoOfTheLogWhenItIsGivenUp() {
        var server = TestDatabase.server();
        try (BaseBackup backup = BaseBackup.begin(server)) {
            assertThat(TestDatabase.value(server, "SELECT count(*) FROM pg_replication_slots WHERE temporary"))
                    .isEqualTo("1");
            assertThat(backup).isNotNull();
        }

        Waiting.until("the slot is gone", () -> TestDatabase.value(server, "SELECT count(*) FROM pg_replication_slots")
                .equals("0"));
    }
}
