package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * Removes history that was kept long enough, one small transaction a step; on one node at a time. Output goes first, which
 * leaves a mark where it was. A task goes with all its records at once or not at all: nobody sees a part of it, and a retry
 * finds all of it or nothing.
 */
public final class Pruning {
    private static final long RECORDS_A_STEP = 5_000;
    private static final int RECORDS_A_STATEMENT = 5_000;
    /** A chunk has up to 64 KiB. */
    private static final int CHUNKS_A_STATEMENT = 1_000;

    /** Of which each may have a MiB of output, or more: what is deleted in one transaction. */
    private static final long OUTPUTS_A_STEP = 500;

    private static final long RECORDS_WEIGHED = 20_000;

    private final Database database;
    private final Retention retention;
    private final PruneStore store = new PruneStore();
    private final TotalStore totals = new TotalStore();

    public Pruning(Database database, Retention retention) {
        this.database = database;
        this.retention = retention;
    }

    /** What a step did; {@link #NOTHING} when there is nothing to do, or another node does it. */
    public record Pruned(int outputs, int tasks, int records, int weighed) {
        public static final Pruned NOTHING = new Pruned(0, 0, 0, 0);

        public Pruned plus(Pruned other) {
            return new Pruned(
                    outputs + other.outputs, tasks + other.tasks, records + other.records, weighed + other.weighed);
        }

        public boolean removed() {
            return outputs + tasks > 0;
        }
    }

    private Future<Pruned> alone(Function<SqlConnection, Future<Pruned>> work) {
        return database.inTransaction(tx ->
                store.tryAlone(tx).compose(alone -> alone ? work.apply(tx) : Future.succeededFuture(Pruned.NOTHING)));
    }

    /** Adds up what changed in the totals; once a run. */
    public Future<Pruned> addUp() {
        return alone(tx -> totals.addUp(tx).map(Pruned.NOTHING));
    }

    /** The next step. */
    public Future<Pruned> step(Instant now) {
        return alone(tx -> removeOutput(tx, retention.outputBefore(now), now))
                .compose(done -> isNothing(done) ? alone(tx -> bound(tx, now)) : Future.succeededFuture(done))
                .compose(done -> isNothing(done)
                        ? alone(tx -> removeTasks(tx, retention.recordsBefore(now)))
                        : Future.succeededFuture(done));
    }

    private static boolean isNothing(Pruned done) {
        return done.equals(Pruned.NOTHING);
    }

    private Future<Pruned> removeOutput(SqlConnection tx, Instant before, Instant now) {
        return store.lockOutput(tx, before, OUTPUTS_A_STEP)
                .compose(tasks -> tasks.isEmpty()
                        ? Future.succeededFuture(Pruned.NOTHING)
                        : store.markOutput(tx, tasks, now)
                                .compose(marked -> deleteChunks(tx, tasks))
                                .compose(gone -> store.markTasks(tx, tasks, now))
                                .map(done -> new Pruned(tasks.size(), 0, 0, 0)));
    }

    private Future<Integer> deleteChunks(SqlConnection tx, List<UUID> tasks) {
        return store.deleteChunks(tx, tasks, CHUNKS_A_STATEMENT)
                .compose(gone -> gone == CHUNKS_A_STATEMENT
                        ? deleteChunks(tx, tasks).map(more -> gone + more)
                        : Future.succeededFuture(gone));
    }

    /** Weighs what was not weighed yet before it looks whether that is too much. */
    private Future<Pruned> bound(SqlConnection tx, Instant now) {
        if (retention.outputGigabytes() == 0) {
            return Future.succeededFuture(Pruned.NOTHING);
        }
        return store.weigh(tx, RECORDS_WEIGHED)
                .compose(weighed -> weighed > 0
                        ? Future.succeededFuture(new Pruned(0, 0, 0, weighed))
                        : store.findTooMuch(tx, retention.outputBytes())
                                .compose(end -> end.isEmpty()
                                        ? Future.succeededFuture(Pruned.NOTHING)
                                        : removeOutput(tx, end.get().plusNanos(1_000), now)));
    }

    private Future<Pruned> removeTasks(SqlConnection tx, Instant before) {
        return store.lockTasks(tx, before, RECORDS_A_STEP)
                .compose(tasks -> tasks.isEmpty()
                        ? Future.succeededFuture(Pruned.NOTHING)
                        : deleteChunks(tx, tasks)
                                .compose(gone -> deleteRecords(tx, tasks))
                                .compose(records ->
                                        store.deleteTasks(tx, tasks).map(gone -> new Pruned(0, gone, records, 0))));
    }

    private Future<Integer> deleteRecords(SqlConnection tx, List<UUID> tasks) {
        return store.deleteRecords(tx, tasks, RECORDS_A_STATEMENT)
                .compose(gone -> gone == RECORDS_A_STATEMENT
                        ? deleteRecords(tx, tasks).map(more -> gone + more)
                        : Future.succeededFuture(gone));
    }
}
