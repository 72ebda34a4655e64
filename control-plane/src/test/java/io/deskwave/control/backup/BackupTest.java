package io.deskwave.control.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.backup.Backup.Made;
import io.deskwave.control.db.EmbeddedPostgres;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.iam.MasterKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a server of its own that runs. */
class BackupTest {
    @TempDir
    static Path installation;

    private static EmbeddedPostgres server;

    @TempDir
    Path folder;

    private final List<String> news = new ArrayList<>();
    private Path target;

    @BeforeAll
    static void start() throws IOException {
        TestDatabase.lendPrograms(Files.createDirectories(installation.resolve("postgres")));
        server = EmbeddedPostgres.start(installation.resolve("postgres"));
        assertThat(MasterKey.loadOrCreate(key())).isNotNull();
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @BeforeEach
    void nameTheTarget() {
        target = folder.resolve("backup.tar.gz");
    }

    private static Path key() {
        return installation.resolve("master.key");
    }

    private Made make() {
        return new Backup(installation, key(), false, news::add).make(server.connectOptions(), target);
    }

    /** It becomes a backup that can be restored, and no damaged one. */
    @Test
    void leavesOutWhatPostgresDoesNotMakeAndSaysSo() throws IOException {
        Path data = installation.resolve("postgres/data");
        Files.writeString(data.resolve("pg_hba.conf~"), "x");
        Files.writeString(data.resolve("notes of mine"), "x");
        Files.createDirectories(data.resolve(".git/objects"));
        Files.writeString(data.resolve(".git/objects/a"), "x");
        Files.writeString(data.resolve("postgresql.conf.bak"), "kept");

        Made made = make();

        assertThat(news)
                .anyMatch(line -> line.startsWith("left out") && line.endsWith("pg_hba.conf~"))
                .anyMatch(line -> line.startsWith("left out") && line.endsWith("notes of mine"));
        Path restored = folder.resolve("restored");
        assertThat(new Restore(target, restored, Optional.of(key())).run()).isEqualTo(made.takenAt());
        assertThat(restored.resolve("postgres/data/postgresql.conf.bak")).hasContent("kept");
        assertThat(restored.resolve("postgres/data/PG_VERSION")).exists();
        assertThat(restored.resolve("postgres/data/pg_hba.conf~")).doesNotExist();
        assertThat(restored.resolve("postgres/data/.git")).doesNotExist();
    }

    @Test
    void touchesNoFileOfAnotherBackupToTheSameName() throws IOException {
        Path foreign = Files.writeString(folder.resolve("backup.tar.gz.part"), "of another one");

        long bytes = make().bytes();

        assertThat(foreign).hasContent("of another one");
        assertThat(target).hasSize(bytes);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-------");
        assertThatThrownBy(this::make).isInstanceOf(BackupFault.class).hasMessageContaining("came to be there");
        assertThat(target).hasSize(bytes);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(foreign, target);
        }
    }
}
