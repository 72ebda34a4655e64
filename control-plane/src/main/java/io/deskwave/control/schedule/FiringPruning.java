package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import java.time.Instant;

/** Removes firings that ended long ago, and deleted tasks with the last of theirs, one small transaction a step. */
public final class FiringPruning {
    private static final int A_STEP = 1000;

    private final Database database;
    private final FiringPruneStore store = new FiringPruneStore();

    public FiringPruning(Database database) {
        this.database = database;
    }

    /** The next step; the number of firings and tasks, 0 when there is nothing to do or another node does it. */
    public Future<Integer> step(Instant before) {
        return database.inTransaction(tx -> store.deleteFirings(tx, before, A_STEP)
                .compose(firings ->
                        firings > 0 ? Future.succeededFuture(firings) : store.deleteTasks(tx, before, A_STEP)));
    }
}
