package io.deskwave.control.backup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * What a restore leaves in the data folder: {@code restoring} while it writes, and then {@code restored}, with the instant of
 * the backup, until the first start has dealt with it. Blocks.
 */
public final class RestoreMarks {
    private static final String RESTORING = "restoring";
    private static final String RESTORED = "restored";

    private RestoreMarks() {}

    public static boolean isUnfinished(Path dataDir) {
        return Files.exists(dataDir.resolve(RESTORING));
    }

    public static String unfinished(Path dataDir) {
        return "a restore into " + dataDir + " did not come to its end: delete what is in the folder and restore again";
    }

    static void begin(Path dataDir) throws IOException {
        write(dataDir.resolve(RESTORING), "");
        sync(dataDir);
    }

    /** Before anything was written. */
    static void abandon(Path dataDir) throws IOException {
        Files.delete(dataDir.resolve(RESTORING));
        sync(dataDir);
    }

    /** Of two marks the unfinished one counts. */
    static void finish(Path dataDir, Instant takenAt) throws IOException {
        write(dataDir.resolve(RESTORED), takenAt + "\n");
        sync(dataDir);
        Files.delete(dataDir.resolve(RESTORING));
        sync(dataDir);
    }

    /** The instant of the backup that the folder was made from and that no start has dealt with yet. */
    public static Optional<Instant> restored(Path dataDir) {
        Path mark = dataDir.resolve(RESTORED);
        try {
            return Files.exists(mark)
                    ? Optional.of(Instant.parse(Files.readString(mark).strip()))
                    : Optional.empty();
        } catch (DateTimeException e) {
            throw new BackupFault(
                    "the file " + mark + " does not hold the time of the backup that was restored: restore "
                            + "again into an empty folder");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A start has dealt with it. */
    public static void settle(Path dataDir) {
        try {
            boolean unused = Files.deleteIfExists(dataDir.resolve(RESTORED));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path mark, String text) throws IOException {
        Files.writeString(mark, text);
        try (FileChannel channel = FileChannel.open(mark, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder)) {
            channel.force(true);
        }
    }
}
