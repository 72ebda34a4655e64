package io.deskwave.control;

import io.deskwave.control.backup.Backup;
import io.deskwave.control.db.DatabaseFault;
import io.deskwave.control.db.EmbeddedFolder;
import io.deskwave.control.db.EmbeddedPostgres;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * {@code backup}: of a node that runs, through the PostgreSQL that it runs; of one that is stopped, through one that is started
 * for it while the folder is ours. Standard output gets {@code backed up FILE}.
 */
final class BackupCommand {
    static final String USAGE = "backup --to FILE [--data-dir D] [--master-key-file F] [--with-master-key]";

    static final Options.Known OPTIONS = new Options.Known(
            "backup",
            Set.of("--to", "--data-dir", "--master-key-file", "--database-url"),
            Set.of("--with-master-key"),
            Set.of("--data-dir", "--master-key-file", "--database-url"));

    private BackupCommand() {}

    static void run(Options options) {
        Path target = options.getPath("--to", "deskwave-backup.tar.gz");
        Path dataDir = options.findPath("--data-dir").orElse(Path.of("deskwave-data"));
        if (options.find("--database-url").isPresent()) {
            throw new StartFault(
                    "this installation has a PostgreSQL of its own: back that up with pg_dump or a base backup, "
                            + "and the master key with it, as control-plane/README.md says under Backup and restore");
        }
        Path masterKey = options.findPath("--master-key-file").orElse(dataDir.resolve("master.key"));
        Backup backup = new Backup(dataDir, masterKey, options.isOn("--with-master-key"), BackupCommand::tell);
        backup.check(target);
        Backup.Made made = make(backup, dataDir, target);
        tell("the state of " + made.takenAt() + " in " + made.bytes() + " bytes");
        System.out.println("backed up " + target);
    }

    private static Backup.Made make(Backup backup, Path dataDir, Path target) {
        Optional<DataFolder> stopped = DataFolder.openUnlessUsed(dataDir);
        if (stopped.isEmpty()) {
            return backup.make(running(dataDir), target);
        }
        try {
            tell(
                    "no control plane runs in " + dataDir + ": starting its PostgreSQL for the backup; if this "
                            + "installation is served with --database-url, that is another one, to be backed up with its tools");
            EmbeddedPostgres postgres =
                    EmbeddedPostgres.start(postgresFolder(dataDir).path());
            try {
                return backup.make(postgres.connectOptions(), target);
            } finally {
                postgres.stop();
            }
        } finally {
            stopped.get().close();
        }
    }

    private static PgConnectOptions running(Path dataDir) {
        try {
            return postgresFolder(dataDir)
                    .running()
                    .orElseThrow(() -> new DatabaseFault("the control plane in " + dataDir
                            + " has no PostgreSQL that takes connections: wait until it serves and try again, or back its "
                            + "own PostgreSQL up if it uses one"));
        } catch (IOException e) {
            throw new StartFault("the data folder " + dataDir + " cannot be read (" + e.getMessage()
                    + "): run the backup as the user of the control plane");
        }
    }

    private static EmbeddedFolder postgresFolder(Path dataDir) {
        return new EmbeddedFolder(dataDir.resolve("postgres"));
    }

    private static void tell(String news) {
        System.err.println("backup: " + news);
    }
}
