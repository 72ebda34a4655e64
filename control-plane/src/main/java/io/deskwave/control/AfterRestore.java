package io.deskwave.control;

import io.deskwave.control.backup.RestoreMarks;
import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.RestoredDesktops;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.RestoredExecutions;
import io.deskwave.control.iam.RestoredPeople;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the first start after a restore does before it serves: the database is back in the past, and what was under way then
 * may since have run, ended and been forgotten by its agent. It is ended, so that nothing of it starts a second time. Done
 * once for each backup; a start that dies in the middle leaves the rest to the next.
 */
final class AfterRestore {
    private static final Logger LOG = LoggerFactory.getLogger(AfterRestore.class);

    private final Vertx vertx;
    private final PgConnectOptions connect;
    private final Config config;
    private final RestoredDesktops desktops = new RestoredDesktops();
    private final RestoredPeople people = new RestoredPeople();

    AfterRestore(Vertx vertx, PgConnectOptions connect, Config config) {
        this.vertx = vertx;
        this.connect = connect;
        this.config = config;
    }

    Future<Void> run() {
        return vertx.executeBlocking(() -> RestoreMarks.restored(config.dataDir())
                        .or(config::afterRestore)
                        .map(backup -> backup.truncatedTo(ChronoUnit.MICROS)))
                .compose(this::settle);
    }

    private Future<Void> settle(Optional<Instant> backup) {
        if (backup.isEmpty()) {
            return Future.succeededFuture();
        }
        Database database = Database.openPatient(vertx, connect, "deskwave-after-restore");
        return settle(database, backup.get())
                .eventually(database::close)
                .compose(done -> vertx.executeBlocking(() -> {
                    RestoreMarks.settle(config.dataDir());
                    return null;
                }));
    }

    /** One transaction holds the lock of it from the first task to the last, and says nothing meanwhile. */
    private Future<Void> settle(Database database, Instant backup) {
        var executions = new RestoredExecutions(new Changes(database, UUID.randomUUID()));
        return database.inTransaction(tx -> executions
                .lock(tx)
                .compose(locked -> executions.isSettled(tx, backup))
                .compose(settled -> settled
                        ? Future.succeededFuture()
                        : Database.now(tx).compose(now -> settle(tx, executions, backup, now))));
    }

    /** The records end in transactions of their own, and what says that all is done comes last. */
    private Future<Void> settle(SqlConnection tx, RestoredExecutions executions, Instant backup, Instant now) {
        if (backup.isAfter(now)) {
            return Future.failedFuture(new StartFault("the backup that was restored is said to be of " + backup
                    + ", which is later than what the clock of the database says, " + now
                    + ": set the clock of its machine right, or name the time of the backup with --after-restore"));
        }
        return executions.endUnfinished(backup, now).compose(records -> desktops.endUnfinished(tx, reason(backup), now)
                .compose(jobs -> people.endTokens(tx, now)
                        .compose(done -> executions.note(tx, backup, now))
                        .onSuccess(done -> LOG.warn(
                                "the database was restored from a backup of {}: {} records that had not ended and "
                                        + "{} jobs were ended, all tokens are void",
                                backup,
                                records,
                                jobs))));
    }

    private static String reason(Instant backup) {
        return RestoredExecutions.restored(backup)
                + ", and it is not known whether this was done: look, and ask for it again";
    }
}
