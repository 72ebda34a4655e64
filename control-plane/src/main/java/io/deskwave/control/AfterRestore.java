package io.deskwave.control;

import io.deskwave.control.backup.RestoreMarks;
import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.RestoredDesktops;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.RestoredExecutions;
import io.deskwave.control.iam.RestoredPeople;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
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
    private final Database database;
    private final Config config;
    private final InstantSource clock = InstantSource.system();
    private final RestoredExecutions executions;
    private final RestoredDesktops desktops;
    private final RestoredPeople people = new RestoredPeople();

    AfterRestore(Vertx vertx, Database database, Config config) {
        this.vertx = vertx;
        this.database = database;
        this.config = config;
        this.executions = new RestoredExecutions(new Changes(database, UUID.randomUUID()));
        this.desktops = new RestoredDesktops();
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
        return database.inTransaction(tx -> executions
                        .lock(tx)
                        .compose(locked -> executions.isSettled(tx, backup.get()))
                        .compose(settled -> settled ? Future.succeededFuture() : settle(tx, backup.get())))
                .compose(done -> vertx.executeBlocking(() -> {
                    RestoreMarks.settle(config.dataDir());
                    return null;
                }));
    }

    /** The records end in transactions of their own, and what says that all is done comes last. */
    private Future<Void> settle(SqlConnection tx, Instant backup) {
        Instant now = clock.instant();
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
