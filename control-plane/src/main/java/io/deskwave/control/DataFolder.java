package io.deskwave.control;

import io.deskwave.control.backup.Restore;
import io.deskwave.control.backup.RestoreMarks;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder of one node, locked for as long as the node lives: the kernel lets go of the lock even after kill -9. */
final class DataFolder {
    private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);

    private final Path path;
    private final FileChannel lock;
    private final boolean isNew;

    private DataFolder(Path path, FileChannel lock, boolean isNew) {
        this.path = path;
        this.lock = lock;
        this.isNew = isNew;
    }

    static DataFolder open(Path wanted) {
        DataFolder folder = openUnlessUsed(wanted)
                .orElseThrow(() -> new StartFault("another control plane uses the data folder "
                        + wanted.toAbsolutePath().normalize()
                        + ": stop it, or give this one its own with --data-dir"));
        if (RestoreMarks.isUnfinished(folder.path)) {
            folder.close();
            throw new StartFault(RestoreMarks.unfinished(folder.path));
        }
        return folder;
    }

    /** Empty when another process uses it. */
    static Optional<DataFolder> openUnlessUsed(Path wanted) {
        try {
            boolean isNew = Files.notExists(wanted);
            Files.createDirectories(
                    wanted, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path path = wanted.toRealPath();
            FileChannel channel =
                    FileChannel.open(path.resolve(Restore.LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(new DataFolder(path, channel, isNew));
        } catch (IOException e) {
            throw new StartFault("the data folder " + wanted + " cannot be written (" + reason(e)
                    + "): make it writable, or choose another one with --data-dir");
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "there is a file of that name";
        }
        return String.valueOf(e.getMessage());
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldInThisProcess) {
            return null;
        }
    }

    Path path() {
        return path;
    }

    /** Lets go of it; a folder that was made by the opening is gone afterwards if it holds nothing. */
    void closeAndForget() {
        try {
            if (isNew && holdsOnlyTheLock()) {
                Files.delete(path.resolve(Restore.LOCK));
                Files.delete(path);
            }
        } catch (IOException e) {
            LOG.warn("the empty folder {} was not removed: {}", path, e.toString());
        } finally {
            close();
        }
    }

    private boolean holdsOnlyTheLock() throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.allMatch(entry -> entry.endsWith(Restore.LOCK));
        }
    }

    void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("the lock of {} was not released: {}", path, e.toString());
        }
    }
}
