package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import java.time.Instant;

/**
 * Removes jobs that ended long ago, with their pieces and the used tokens of places, one small transaction a step; on one
 * node at a time. A large job goes alone, in portions.
 */
public final class JobPruning {
    private static final long PIECES_A_STEP = 5_000;

    private final Database database;
    private final long piecesAStep;
    private final JobPruneStore store = new JobPruneStore();

    public JobPruning(Database database) {
        this(database, PIECES_A_STEP);
    }

    JobPruning(Database database, long piecesAStep) {
        this.database = database;
        this.piecesAStep = piecesAStep;
    }

    /** The next step; the number of jobs and pieces, 0 when there is nothing to do or another node does it. */
    public Future<Integer> step(Instant before) {
        return database.inTransaction(tx -> store.tryAlone(tx)
                .compose(alone -> alone
                        ? store.find(tx, before, piecesAStep)
                                .compose(jobs -> jobs.isEmpty()
                                        ? Future.succeededFuture(0)
                                        : store.delete(tx, jobs, piecesAStep))
                        : Future.succeededFuture(0)));
    }
}
