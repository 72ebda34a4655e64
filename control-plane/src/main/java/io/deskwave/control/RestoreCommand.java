package io.deskwave.control;

import io.deskwave.control.backup.Restore;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;

/** {@code restore}: makes a data folder out of a backup, for {@code serve}. Standard output gets {@code restored D}. */
final class RestoreCommand {
    static final String USAGE = "restore --from FILE --data-dir D [--master-key-file F]";

    static final Options.Known OPTIONS = new Options.Known(
            "restore",
            Set.of("--from", "--data-dir", "--master-key-file"),
            Set.of(),
            Set.of("--data-dir", "--master-key-file"));

    private RestoreCommand() {}

    static void run(Options options) {
        Path archive = options.getPath("--from", "deskwave-backup.tar.gz");
        Path dataDir = options.getPath("--data-dir", "/var/lib/deskwave");
        Restore restore = new Restore(archive, dataDir, options.findPath("--master-key-file"));
        restore.requireEmpty();
        DataFolder ours = DataFolder.openUnlessUsed(dataDir)
                .orElseThrow(() -> new StartFault("another process uses the data folder " + dataDir
                        + ", and a restore overwrites nothing: name an empty or a new folder with --data-dir"));
        Instant takenAt;
        try {
            takenAt = restore.run();
        } finally {
            ours.closeAndForget();
        }
        System.err.println(
                "restore: the state of " + takenAt + "; what had not ended then will be ended by the first start");
        System.out.println("restored " + dataDir);
    }
}
