package io.deskwave.control.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.iam.MasterKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
    private static final Instant TAKEN_AT = Instant.parse("2026-11-21T20:00:00.123456Z");

    @TempDir
    Path folder;

    private Path archive;

    @BeforeEach
    void write() throws IOException {
        archive = folder.resolve("backup.tar.gz");
        MasterKey key = MasterKey.loadOrCreate(folder.resolve("key"));
        byte[] noise = new byte[300_000];
        new Random(7).nextBytes(noise);
        Path source = Files.write(folder.resolve("noise"), noise);
        try (OutputStream out = Files.newOutputStream(archive);
                ArchiveWriter writer = new ArchiveWriter(out)) {
            writer.folder("postgres");
            writer.file("postgres/noise", source);
            writer.fileIfThere("postgres/gone", folder.resolve("gone"));
            writer.text("postgres/text", "hello".getBytes(StandardCharsets.UTF_8));
            writer.finish(TAKEN_AT, "18", key);
        }
    }

    @Test
    void readsBackWhatWasWrittenAndPassesOverWhatWasGone() throws IOException {
        var collected = new Collected();

        Manifest manifest = new ArchiveReader(archive).read(collected);

        assertThat(manifest.takenAt()).isEqualTo(TAKEN_AT);
        assertThat(manifest.isSealedBy(MasterKey.read(folder.resolve("key")))).isTrue();
        assertThat(manifest.isSealedBy(MasterKey.loadOrCreate(folder.resolve("other"))))
                .isFalse();
        assertThat(collected.folders).containsExactly("postgres");
        assertThat(collected.files).containsOnlyKeys("postgres/noise", "postgres/text");
        assertThat(Objects.requireNonNull(collected.files.get("postgres/noise")).toByteArray())
                .isEqualTo(Files.readAllBytes(folder.resolve("noise")));
    }

    /** Wherever it is: at the front, in the data, in the checksum at the very end. */
    @Test
    void tellsAByteThatIsNotWhatWasWritten() throws IOException {
        long size = Files.size(archive);
        for (long at : new long[] {0, size / 3, size / 2, size - 200, size - 6}) {
            flip(at);
            assertThatThrownBy(this::read).as("byte " + at).isInstanceOf(BackupFault.class);
            flip(at);
        }
        assertThat(read().digests()).hasSize(3);
    }

    @Test
    void tellsAFileThatIsTooShort() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(archive.toFile(), "rw")) {
            for (long length = file.length() - 1; length > 0; length = length * 2 / 3) {
                file.setLength(length);
                assertThatThrownBy(this::read).as(length + " bytes").isInstanceOf(BackupFault.class);
            }
        }
    }

    @Test
    void tellsAMemberThatWasReplacedByAnArchiverThatComputesItsChecksums() throws IOException {
        byte[] tar;
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
            tar = in.readAllBytes();
        }
        String text = new String(tar, StandardCharsets.ISO_8859_1).replace("hello", "jello");
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        assertThatThrownBy(this::read)
                .isInstanceOf(BackupFault.class)
                .hasMessageContaining("postgres/text is not what was backed up");
    }

    @Test
    void refusesMembersThatWouldLandElsewhere() throws IOException {
        for (String name : List.of("../outside", "/outside", "postgres/../../outside")) {
            write(name, TarArchiveEntry.LF_NORMAL);
            assertThatThrownBy(this::read).isInstanceOf(BackupFault.class).hasMessageContaining("no backup holds");
        }
        write("link", TarArchiveEntry.LF_SYMLINK);
        assertThatThrownBy(this::read).isInstanceOf(BackupFault.class).hasMessageContaining("no backup holds");
    }

    @Test
    void writesNoMemberThatItWouldNotRead() throws IOException {
        try (ArchiveWriter writer = new ArchiveWriter(OutputStream.nullOutputStream())) {
            for (String name : List.of("postgres/data/pg_hba.conf~", "with a blank", ".hidden", "../outside", "a//b")) {
                assertThatThrownBy(() -> writer.text(name, new byte[0])).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> writer.folder(name)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void refusesWhatIsNoBackupAtAll() throws IOException {
        Files.writeString(archive, "certainly no archive");
        assertThatThrownBy(this::read).isInstanceOf(BackupFault.class).hasMessageContaining("is no backup");

        write("postgres/text", TarArchiveEntry.LF_NORMAL);
        assertThatThrownBy(this::read).isInstanceOf(BackupFault.class).hasMessageContaining("before its manifest");

        assertThat(archive.toFile().delete()).isTrue();
        assertThatThrownBy(this::read).isInstanceOf(BackupFault.class).hasMessageContaining("cannot be read");
    }

    private void write(String name, byte type) throws IOException {
        try (TarArchiveOutputStream tar =
                new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(archive)))) {
            TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
            if (type == TarArchiveEntry.LF_SYMLINK) {
                entry.setLinkName("/etc/passwd");
            }
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        }
    }

    private void flip(long at) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(archive.toFile(), "rw")) {
            file.seek(at);
            int old = file.read();
            file.seek(at);
            file.write(old ^ 0x10);
        }
    }

    private Manifest read() throws IOException {
        return new ArchiveReader(archive).read(new Collected());
    }

    private static final class Collected implements ArchiveReader.Visitor {
        private final List<String> folders = new ArrayList<>();
        private final Map<String, ByteArrayOutputStream> files = new TreeMap<>();

        @Override
        public void folder(String name) {
            folders.add(name);
        }

        @Override
        public OutputStream file(String name) {
            var bytes = new ByteArrayOutputStream();
            files.put(name, bytes);
            return bytes;
        }
    }
}
