package io.deskwave.agent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The agent's folder, locked: at most one agent process works in it. Closing it gives the lock back. */
final class Home implements AutoCloseable {
    private final Path folder;
    private final FileChannel channel;

    private Home(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /** @throws UsageException when the folder cannot be used */
    static Home open(Path folder) {
        FileChannel channel = null;
        try {
            Files.createDirectories(folder, DurableFile.onlyOwner("rwx------"));
            checkOwner(folder);
            if (Platform.WINDOWS) {
                WindowsRights.onlyOwner(folder);
            } else {
                var kept = Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
                assert kept != null;
            }
            channel = FileChannel.open(
                    folder.resolve("lock"),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    DurableFile.onlyOwner("rw-------"));
            if (lock(channel) == null) {
                channel.close();
                throw new UsageException("another agent runs in " + folder + ": stop it, or choose another --home");
            }
            Files.createDirectories(folder.resolve("runs"), DurableFile.onlyOwner("rwx------"));
            return new Home(folder, channel);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new UsageException("cannot write in " + folder + " ("
                    + e.getClass().getSimpleName() + "): choose a folder that belongs to this user with --home");
        }
    }

    /** Another user could read the keys, and have scripts run as this one. */
    private static void checkOwner(Path folder) throws IOException {
        if (Platform.LINUX
                && !Files.getAttribute(folder, "unix:uid")
                        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            throw new UsageException(
                    folder + " belongs to " + Files.getOwner(folder).getName()
                            + ": run the agent as that user, or choose a folder that belongs to this user with --home");
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // an agent in this very JVM holds it
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // the first failure is the one to tell
        }
    }

    Path runs() {
        return folder.resolve("runs");
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
