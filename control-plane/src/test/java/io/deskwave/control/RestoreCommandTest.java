package io.deskwave.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.backup.BackupFault;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose folder it is; what is restored into it is in {@code RestoreTest}. */
class RestoreCommandTest {
    @TempDir
    Path folder;

    private Path dataDir;
    private Path archive;

    @BeforeEach
    void nameThem() {
        dataDir = folder.resolve("data");
        archive = folder.resolve("backup.tar.gz");
    }

    /** The backup is a pipe here: it is being read for as long as we like. */
    @Test
    void noNodeStartsInTheFolderWhileTheBackupIsRead() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", archive.toString()).start().waitFor())
                .isZero();
        var restore = CompletableFuture.runAsync(this::restore);
        try (OutputStream pipe = Files.newOutputStream(archive)) {
            assertThatThrownBy(() -> DataFolder.open(dataDir))
                    .isInstanceOf(StartFault.class)
                    .hasMessageContaining("uses the data folder");
            pipe.write("no backup".getBytes(StandardCharsets.UTF_8));
        }

        assertThatThrownBy(() -> restore.get(20, TimeUnit.SECONDS)).hasMessageContaining("is no backup");
        assertThat(dataDir).doesNotExist();
    }

    @Test
    void refusesTheFolderOfANodeThatRuns() {
        DataFolder used = DataFolder.open(dataDir);
        try {
            assertThatThrownBy(this::restore)
                    .isInstanceOf(StartFault.class)
                    .hasMessageContaining("another process uses the data folder");
        } finally {
            used.close();
        }
        assertThat(dataDir.resolve("restoring")).doesNotExist();
    }

    @Test
    void leavesAnEmptyFolderInWhichItCanBeTriedAgain() throws IOException {
        Files.createDirectory(dataDir);
        Files.writeString(archive, "certainly no backup");

        for (int time = 0; time < 2; time++) {
            assertThatThrownBy(this::restore).isInstanceOf(BackupFault.class).hasMessageContaining("is no backup");
        }

        assertThat(dataDir).isDirectory();
        assertThat(dataDir.resolve("restoring")).doesNotExist();
    }

    private void restore() {
        RestoreCommand.run(Options.parse(
                List.of("--from", archive.toString(), "--data-dir", dataDir.toString()),
                RestoreCommand.OPTIONS,
                Map.of()));
    }
}
