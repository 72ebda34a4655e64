package io.deskwave.control.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.db.EmbeddedFolder;
import io.deskwave.control.iam.MasterKey;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreTest {
    private static final Instant TAKEN_AT = Instant.parse("2026-11-21T20:00:00.123456Z");

    @TempDir
    Path folder;

    private Path archive;
    private Path key;
    private Path dataDir;

    @BeforeEach
    void writeABackup() throws IOException {
        archive = folder.resolve("backup.tar.gz");
        key = folder.resolve("key");
        dataDir = folder.resolve("data");
        write(MasterKey.loadOrCreate(key), EmbeddedFolder.POSTGRES_MAJOR, false);
    }

    private void write(MasterKey sealedBy, String major, boolean withKey) throws IOException {
        try (OutputStream out = Files.newOutputStream(archive);
                ArchiveWriter writer = new ArchiveWriter(out)) {
            writer.folder("postgres");
            writer.text("postgres/password", "x".repeat(100_000).getBytes(StandardCharsets.UTF_8));
            if (withKey) {
                writer.file("master.key", key);
            }
            writer.finish(TAKEN_AT, major, sealedBy);
        }
    }

    @Test
    void makesAFolderThatOnlyItsOwnerReadsAndThatKnowsItsTime() throws IOException {
        assertThat(restore(key)).isEqualTo(TAKEN_AT);

        assertThat(dataDir.resolve("postgres/password")).hasSize(100_000);
        assertThat(dataDir.resolve("master.key")).hasSameTextualContentAs(key);
        for (String file : new String[] {"postgres/password", "master.key"}) {
            assertThat(mode(dataDir.resolve(file))).isEqualTo("rw-------");
        }
        assertThat(mode(dataDir)).isEqualTo("rwx------");
        assertThat(mode(dataDir.resolve("postgres"))).isEqualTo("rwx------");
        assertThat(RestoreMarks.restored(dataDir)).contains(TAKEN_AT);
        assertThat(RestoreMarks.isUnfinished(dataDir)).isFalse();
        RestoreMarks.settle(dataDir);
        assertThat(RestoreMarks.restored(dataDir)).isEmpty();
    }

    @Test
    void takesTheMasterKeyFromABackupThatHoldsIt() throws IOException {
        write(MasterKey.read(key), EmbeddedFolder.POSTGRES_MAJOR, true);

        assertThat(restore(null)).isEqualTo(TAKEN_AT);

        assertThat(dataDir.resolve("master.key")).hasSameTextualContentAs(key);
    }

    @Test
    void demandsTheMasterKeyAndTellsAWrongOne() {
        assertRefused(null, "--master-key-file");
        Path other = folder.resolve("other");
        assertThat(MasterKey.loadOrCreate(other)).isNotNull();
        assertRefused(other, "is not the one of the installation");
        assertThatThrownBy(() -> restore(folder.resolve("missing")))
                .isInstanceOf(MasterKey.Unusable.class)
                .hasMessageContaining("cannot be read");
        assertThat(dataDir).doesNotExist();
    }

    /** With the checksums right, and the fingerprint, which is no secret. */
    @Test
    void refusesWhatSomebodyChangedWhoDoesNotHaveTheMasterKey() throws IOException {
        MasterKey forger = MasterKey.loadOrCreate(folder.resolve("forger"));
        write(forger, EmbeddedFolder.POSTGRES_MAJOR, false);
        replaceInTheArchive(forger.fingerprint(), MasterKey.read(key).fingerprint());

        assertRefused(key, "its seal does not fit");

        write(forger, EmbeddedFolder.POSTGRES_MAJOR, true);
        replaceInTheArchive(forger.fingerprint(), MasterKey.read(key).fingerprint());
        assertRefused(null, "its seal does not fit");
        assertThat(dataDir).doesNotExist();
    }

    @Test
    void refusesABackupWhoseTimeOrSealOrFormatIsAnother() throws IOException {
        byte[] backup = Files.readAllBytes(archive);
        for (String[] change : new String[][] {
            {"2026-11-21T20:00:00.123456Z", "2026-11-21T20:00:00.123457Z"}, {"\"seal\":\"", "\"seel\":\""},
        }) {
            Files.write(archive, backup);
            replaceInTheArchive(change[0], change[1]);
            assertThatThrownBy(() -> restore(key)).as(change[1]).isInstanceOf(BackupFault.class);
        }
        replaceInTheArchive("\"format\":2", "\"format\":1");
        assertRefused(key, "is of format 1");
        assertThat(dataDir).doesNotExist();
    }

    private void replaceInTheArchive(String from, String to) throws IOException {
        byte[] tar;
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
            tar = in.readAllBytes();
        }
        String text = new String(tar, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(from);
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
            out.write(text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void overwritesNothing() throws IOException {
        Files.createDirectory(dataDir);
        Files.writeString(dataDir.resolve("mine"), "mine");

        assertRefused(key, "is not empty");

        assertThat(dataDir.resolve("mine")).hasContent("mine");
        assertThat(dataDir.toFile().list()).hasSize(1);
    }

    @Test
    void overwritesNothingThatCameWhileTheBackupWasRead() throws IOException {
        var restore = new Restore(archive, dataDir, Optional.of(key));
        Manifest manifest = restore.look();
        Files.createDirectory(dataDir);
        Files.writeString(dataDir.resolve("mine"), "mine");

        assertThatThrownBy(() -> restore.write(manifest))
                .isInstanceOf(BackupFault.class)
                .hasMessageContaining("is not empty");

        assertThat(dataDir.toFile().list()).containsExactly("mine");
    }

    @Test
    void leavesNoMarkWhenItCameToWriteNothing() throws IOException {
        var restore = new Restore(archive, dataDir, Optional.of(key));
        Manifest manifest = restore.look();
        Files.writeString(archive, "replaced meanwhile");

        assertThatThrownBy(() -> restore.write(manifest))
                .isInstanceOf(BackupFault.class)
                .hasMessageContaining("is no backup");

        assertThat(dataDir).isEmptyDirectory();
    }

    @Test
    void writesNothingOfADamagedBackup() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(archive.toFile(), "rw")) {
            file.setLength(file.length() - 5);
        }

        assertRefused(key, "is damaged");

        assertThat(dataDir).doesNotExist();
    }

    @Test
    void saysSoWhenAnEarlierRestoreDidNotComeToItsEnd() throws IOException {
        Files.createDirectory(dataDir);
        RestoreMarks.begin(dataDir);

        assertRefused(key, "did not come to its end");
    }

    @Test
    void refusesTheDataOfAnotherMajorVersion() throws IOException {
        write(MasterKey.read(key), "17", false);

        assertRefused(key, "of PostgreSQL 17");
    }

    private void assertRefused(@Nullable Path masterKey, String why) {
        assertThatThrownBy(() -> restore(masterKey))
                .isInstanceOf(BackupFault.class)
                .hasMessageContaining(why);
    }

    private Instant restore(@Nullable Path masterKey) {
        return new Restore(archive, dataDir, Optional.ofNullable(masterKey)).run();
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
