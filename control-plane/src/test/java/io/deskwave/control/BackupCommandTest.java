package io.deskwave.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.backup.BackupFault;
import io.deskwave.control.db.DatabaseFault;
import io.deskwave.control.iam.MasterKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be wrong before anything is copied; the copying itself is in {@code BackupIT}. */
class BackupCommandTest {
    @TempDir
    Path folder;

    private Path dataDir;
    private Path target;

    @BeforeEach
    void makeAFolder() throws IOException {
        dataDir = Files.createDirectories(folder.resolve("data"));
        Files.createDirectories(dataDir.resolve("postgres/data"));
        assertThat(MasterKey.loadOrCreate(dataDir.resolve("master.key"))).isNotNull();
        target = folder.resolve("backup.tar.gz");
    }

    @Test
    void refusesAFolderThatHoldsNoDatabase() {
        assertThatThrownBy(() -> run("--data-dir", folder.resolve("nowhere").toString(), "--to", target.toString()))
                .isInstanceOf(BackupFault.class)
                .hasMessageContaining("there is no embedded PostgreSQL in")
                .hasMessageContaining("--data-dir");
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void refusesATargetThatIsThereOrCannotBe() throws IOException {
        Files.writeString(target, "mine");
        assertRefused(target, "is there already");
        assertThat(target).hasContent("mine");
        assertRefused(folder.resolve("none/backup.tar.gz"), "nothing can be written into the folder of");
        assertRefused(dataDir.resolve("backup.tar.gz"), "lies in the data folder itself");
    }

    @Test
    void refusesAFolderThatIsHalfRestored() throws IOException {
        Files.writeString(dataDir.resolve("restoring"), "");
        assertRefused(target, "did not come to its end");
    }

    @Test
    void asksForTheMasterKeyThatItIsToBeSealedWith() throws IOException {
        Files.delete(dataDir.resolve("master.key"));
        assertThatThrownBy(() -> run("--data-dir=" + dataDir, "--to=" + target))
                .isInstanceOf(BackupFault.class)
                .hasMessageContaining("master.key is not there")
                .hasMessageContaining("--master-key-file");
    }

    @Test
    void sendsAnInstallationWithAPostgresOfItsOwnToItsTools() {
        assertThatThrownBy(() -> BackupCommand.run(Options.parse(
                        List.of("--to", target.toString()),
                        BackupCommand.OPTIONS,
                        Map.of("DESKWAVE_DATABASE_URL", "postgresql://me:hunter22@h/d"))))
                .isInstanceOf(StartFault.class)
                .hasMessageContaining("pg_dump")
                .hasMessageNotContaining("hunter22");
    }

    @Test
    void saysToWaitWhenANodeRunsWhosePostgresDoesNotServe() {
        DataFolder used = DataFolder.open(dataDir);
        try {
            assertThatThrownBy(() -> run("--data-dir", dataDir.toString(), "--to", target.toString()))
                    .isInstanceOf(DatabaseFault.class)
                    .hasMessageContaining("wait until it serves");
        } finally {
            used.close();
        }
        assertThat(target).doesNotExist();
    }

    @Test
    void refusesACommandLineThatCannotBeMeant() {
        assertWrong("--to is missing");
        assertWrong("--to must be given once, with a value", "--to");
        assertWrong("--to must be given once, with a value", "--to", "a", "--to=b");
        assertWrong("it takes --data-dir", "--form", "a");
        assertWrong("it takes --data-dir", "--with-master-key=yes", "--to", "a");
        assertThatThrownBy(() -> Options.parse(List.of("--to", "a"), RestoreCommand.OPTIONS, Map.of()))
                .isInstanceOf(Config.Wrong.class)
                .hasMessageContaining("it takes --data-dir --from");
        assertThatThrownBy(() ->
                        RestoreCommand.run(Options.parse(List.of("--from", "a"), RestoreCommand.OPTIONS, Map.of())))
                .isInstanceOf(Config.Wrong.class)
                .hasMessageContaining("--data-dir is missing");
    }

    private void assertRefused(Path to, String why) {
        assertThatThrownBy(() -> run("--data-dir", dataDir.toString(), "--to", to.toString()))
                .isInstanceOf(BackupFault.class)
                .hasMessageContaining(why);
    }

    private static void assertWrong(String why, String... arguments) {
        assertThatThrownBy(() -> run(arguments))
                .isInstanceOf(Config.Wrong.class)
                .hasMessageContaining(why);
    }

    private static void run(String... arguments) {
        BackupCommand.run(Options.parse(List.of(arguments), BackupCommand.OPTIONS, Map.of()));
    }
}
