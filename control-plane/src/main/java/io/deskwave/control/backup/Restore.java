package io.deskwave.control.backup;

import io.deskwave.control.db.EmbeddedFolder;
import io.deskwave.control.iam.MasterKey;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes a data folder out of a backup. Reads the whole backup before it writes anything, and marks the folder as unfinished
 * until everything is on the disk; no node starts in such a folder. Whoever calls it holds the folder, so that none starts
 * while the backup is read. Blocks.
 */
public final class Restore {
    /** By which a process holds the folder; without a holder it is nothing. */
    public static final String LOCK = "lock";

    private static final FileAttribute<Set<PosixFilePermission>> FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path archive;
    private final Path dataDir;
    private final Optional<Path> masterKeyFile;

    public Restore(Path archive, Path dataDir, Optional<Path> masterKeyFile) {
        this.archive = archive;
        this.dataDir = dataDir;
        this.masterKeyFile = masterKeyFile;
    }

    /** Answers the instant whose state was restored. */
    public Instant run() {
        try {
            Manifest manifest = look();
            write(manifest);
            return manifest.takenAt();
        } catch (IOException e) {
            throw new BackupFault("the backup was not restored into " + dataDir + " (" + Backup.reason(e)
                    + "): make room or make it writable, empty the folder, and restore again");
        }
    }

    /** Everything that can be known before the first byte is written. */
    Manifest look() throws IOException {
        requireEmpty();
        var look = new ArchiveReader.Look();
        Manifest manifest = new ArchiveReader(archive).read(look);
        requireSameMajor(manifest);
        requireSeal(manifest, key(look.masterKey()));
        return manifest;
    }

    /** Fails when there is anything that a restore would mix with. */
    public void requireEmpty() {
        if (RestoreMarks.isUnfinished(dataDir)) {
            throw new BackupFault(RestoreMarks.unfinished(dataDir));
        }
        if (!Files.exists(dataDir)) {
            return;
        }
        try (Stream<Path> entries = Files.list(dataDir)) {
            if (entries.anyMatch(entry -> !entry.endsWith(LOCK))) {
                throw new BackupFault(
                        dataDir + " is not empty, and a restore overwrites nothing: name an empty or a new "
                                + "folder with --data-dir");
            }
        } catch (IOException e) {
            throw new BackupFault(
                    dataDir + " is no folder that can be read: name an empty or a new folder with --data-dir");
        }
    }

    private static void requireSameMajor(Manifest manifest) {
        if (!manifest.postgresMajor().equals(EmbeddedFolder.POSTGRES_MAJOR)) {
            throw new BackupFault("the backup is of PostgreSQL " + manifest.postgresMajor() + " and this build brings "
                    + EmbeddedFolder.POSTGRES_MAJOR + ": restore it with a build that brings the same");
        }
    }

    /** The one that is named is asked before the one that whoever wrote the file put there. */
    private MasterKey key(Optional<String> inTheBackup) {
        if (masterKeyFile.isPresent()) {
            return MasterKey.read(masterKeyFile.get());
        }
        return inTheBackup
                .map(content -> MasterKey.parse(content, "the master key in the backup " + archive))
                .orElseThrow(() -> new BackupFault("the backup was made without the master key, and nothing opens the "
                        + "secrets in it but that: name the file with --master-key-file"));
    }

    private void requireSeal(Manifest manifest, MasterKey key) {
        if (!manifest.masterKey().equals(key.fingerprint())) {
            throw new BackupFault(
                    "the master key" + masterKeyFile.map(file -> " " + file).orElse(" in the backup")
                            + " is not the one of the installation that was backed up: name that with --master-key-file");
        }
        if (!manifest.isSealedBy(key)) {
            throw new BackupFault("the backup " + archive + " was changed by somebody who does not have the master key "
                    + "(its seal does not fit): take another copy of it, or an earlier backup");
        }
    }

    /** The look may have taken long, and things have changed. */
    void write(Manifest manifest) throws IOException {
        requireEmpty();
        Files.createDirectories(dataDir, FOLDER);
        RestoreMarks.begin(dataDir);
        Manifest written = extract();
        if (!written.equals(manifest)) {
            throw new IOException(archive + " was changed meanwhile");
        }
        if (masterKeyFile.isPresent()) {
            Path key = dataDir.resolve(Members.MASTER_KEY);
            Files.deleteIfExists(key);
            try (OutputStream out = create(key)) {
                out.write(Files.readAllBytes(masterKeyFile.get()));
            }
        }
        RestoreMarks.finish(dataDir, manifest.takenAt());
    }

    private Manifest extract() throws IOException {
        Extraction extraction = new Extraction();
        try {
            return new ArchiveReader(archive).read(extraction);
        } finally {
            if (!extraction.wrote) {
                RestoreMarks.abandon(dataDir);
            }
        }
    }

    private static OutputStream create(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE);
        return new DurableOutput(Channels.newOutputStream(channel), channel);
    }

    private final class Extraction implements ArchiveReader.Visitor {
        private boolean wrote;

        @Override
        public void folder(String name) throws IOException {
            try {
                Files.createDirectory(dataDir.resolve(name), FOLDER);
                wrote = true;
            } catch (FileAlreadyExistsException e) {
                throw new IOException(name + " is there already", e);
            }
        }

        @Override
        public OutputStream file(String name) throws IOException {
            OutputStream out = create(dataDir.resolve(name));
            wrote = true;
            return out;
        }
    }
}
