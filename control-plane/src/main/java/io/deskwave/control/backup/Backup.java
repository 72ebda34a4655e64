package io.deskwave.control.backup;

import io.deskwave.control.db.BaseBackup;
import io.deskwave.control.db.BaseBackup.Stopped;
import io.deskwave.control.db.DataFiles;
import io.deskwave.control.db.EmbeddedFolder;
import io.deskwave.control.iam.MasterKey;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Backs an installation with an embedded PostgreSQL up into one file, while it runs. The file is written beside its place and
 * gets its name when it is whole. Blocks.
 */
public final class Backup {
    private static final Duration BETWEEN_NEWS = Duration.ofSeconds(5);

    private final Path dataDir;
    private final Path masterKeyFile;
    private final boolean withMasterKey;
    private final Consumer<String> news;
    private final EmbeddedFolder postgres;

    /**
     * @param withMasterKey whether the master key and the credentials of the first start go into the file, which is then as
     *     secret as they are
     * @param news what the operator is told meanwhile
     */
    public Backup(Path dataDir, Path masterKeyFile, boolean withMasterKey, Consumer<String> news) {
        this.dataDir = dataDir;
        this.masterKeyFile = masterKeyFile;
        this.withMasterKey = withMasterKey;
        this.news = news;
        this.postgres = new EmbeddedFolder(dataDir.resolve(Members.POSTGRES));
    }

    /** What was made: the state of which instant, and how large the file is. */
    public record Made(Instant takenAt, long bytes) {}

    /** Looks at everything that can be wrong before the database is touched. */
    public void check(Path target) {
        if (RestoreMarks.isUnfinished(dataDir)) {
            throw new BackupFault(RestoreMarks.unfinished(dataDir));
        }
        if (!postgres.hasData()) {
            throw new BackupFault("there is no embedded PostgreSQL in " + dataDir
                    + ": name the data folder of the installation with --data-dir, or use the tools of its PostgreSQL if it "
                    + "has one of its own");
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw new BackupFault("nothing can be written into the folder of " + target
                    + ": make it, make it writable, or name another file with --to");
        }
        if (Files.exists(target)) {
            throw new BackupFault(target + " is there already: remove it, or name another file with --to");
        }
        try {
            if (folder.toRealPath().startsWith(dataDir.toRealPath())) {
                throw new BackupFault(
                        target + " lies in the data folder itself, and would be lost with it: name a file "
                                + "elsewhere with --to");
            }
        } catch (IOException e) {
            throw new BackupFault("the folders of " + target + " and " + dataDir + " cannot be looked at: " + e);
        }
        if (Files.notExists(masterKeyFile)) {
            throw new BackupFault("the master key " + masterKeyFile
                    + " is not there, and the backup is sealed with it: name the file with --master-key-file");
        }
    }

    /**
     * Backs the server up that these options lead to and that works in our data folder. Several may do so at the same time;
     * of those to one target one succeeds.
     */
    public Made make(PgConnectOptions connect, Path target) {
        try (UnfinishedFile file = UnfinishedFile.beside(target)) {
            Made made = write(connect, file.path());
            news.accept("written, and now read back");
            Manifest unused = new ArchiveReader(file.path()).read(new ArchiveReader.Look());
            file.publish(target);
            return made;
        } catch (FileAlreadyExistsException e) {
            throw new BackupFault(
                    target + " came to be there meanwhile: this backup was not kept, name another file with --to");
        } catch (IOException e) {
            throw new BackupFault("the backup " + target + " was not made (" + reason(e)
                    + "): make room and check that the data folder can be read, or name another file with --to");
        }
    }

    private Made write(PgConnectOptions connect, Path unfinished) throws IOException {
        try (FileChannel file = FileChannel.open(unfinished, StandardOpenOption.WRITE);
                ArchiveWriter archive = new ArchiveWriter(Channels.newOutputStream(file))) {
            Instant takenAt;
            try (BaseBackup backup = BaseBackup.begin(connect)) {
                copyData(archive);
                Stopped stopped = backup.stop();
                copyLog(archive, stopped);
                backup.requireLog();
                takenAt = stopped.takenAt();
            }
            archive.file(Members.PASSWORD, postgres.password());
            copyKey(archive);
            archive.finish(takenAt, EmbeddedFolder.POSTGRES_MAJOR, MasterKey.read(masterKeyFile));
            file.force(true);
            return new Made(takenAt, file.size());
        }
    }

    private void copyData(ArchiveWriter archive) throws IOException {
        DataFiles there = DataFiles.list(postgres.data());
        archive.folder(Members.POSTGRES);
        archive.folder(Members.DATA);
        for (Path folder : ours(there.folders())) {
            archive.folder(Members.DATA + "/" + folder);
        }
        long toldAt = System.nanoTime();
        List<Path> files = ours(there.files());
        int last = files.size() - 1;
        for (int i = 0; i < last; i++) {
            Path file = files.get(i);
            archive.fileIfThere(Members.DATA + "/" + file, postgres.data().resolve(file));
            if (System.nanoTime() - toldAt > BETWEEN_NEWS.toNanos()) {
                toldAt = System.nanoTime();
                news.accept("copied " + (archive.bytes() >> 20) + " MiB, " + i + " of " + last + " files");
            }
        }
        Path control = files.get(last);
        archive.text(Members.DATA + "/" + control, settled(postgres.data().resolve(control)));
    }

    /** PostgreSQL gives its files plain names; an editor's copy, say, is none of them and is not needed. */
    private List<Path> ours(List<Path> there) {
        return there.stream().filter(this::isOurs).toList();
    }

    private boolean isOurs(Path path) {
        boolean ours = Members.fits(Members.DATA + "/" + path);
        if (!ours) {
            news.accept("left out, since PostgreSQL makes no file of such a name: "
                    + path.toString().replaceAll("\\p{Cntrl}", "?"));
        }
        return ours;
    }

    /** The control file is rewritten in place, now and then: what two looks agree on is no half of it. */
    private static byte[] settled(Path file) throws IOException {
        byte[] seen = Files.readAllBytes(file);
        for (int look = 0; look < 100; look++) {
            byte[] again = Files.readAllBytes(file);
            if (Arrays.equals(seen, again)) {
                return again;
            }
            seen = again;
        }
        throw new IOException(file + " does not come to rest");
    }

    private void copyLog(ArchiveWriter archive, Stopped stopped) throws IOException {
        news.accept("copied the data, and now " + stopped.logFiles().size() + " files of the write-ahead log");
        archive.text(Members.DATA + "/backup_label", stopped.label().getBytes(StandardCharsets.UTF_8));
        for (String name : stopped.logFiles()) {
            Path file = postgres.data().resolve("pg_wal").resolve(name);
            if (Files.notExists(file)) {
                throw new IOException(file + " is gone, and without it the copy is worth nothing");
            }
            archive.file(Members.DATA + "/pg_wal/" + name, file);
        }
    }

    private void copyKey(ArchiveWriter archive) throws IOException {
        if (withMasterKey) {
            archive.file(Members.MASTER_KEY, masterKeyFile);
            archive.fileIfThere(Members.BOOTSTRAP, dataDir.resolve(Members.BOOTSTRAP));
        }
    }

    static String reason(IOException e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
    }
}
