package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.Lane;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the files that were asked for, in any process: one at a time, the oldest first. What another node began and gives no news
 * of it begins anew, a few times. Removes what has expired, in small steps. Used on one event loop.
 */
public final class ExportMaker {
    private static final Logger LOG = LoggerFactory.getLogger(ExportMaker.class);
    private static final long POLL_MILLIS = 2_000;
    private static final long SWEEP_MILLIS = 60_000;
    private static final long REST_MILLIS = 50;
    private static final int MOST_ATTEMPTS = 5;
    private static final int CHUNKS_A_STEP = 32;
    private static final int TASKS_A_STEP = 100;
    /** Time for a download that began in time. */
    private static final Duration LAST_DOWNLOADS = Duration.ofMinutes(15);

    static final String FAILED = "WKS.00211401";
    static final String TOO_LARGE = "WKS.00211102";

    private final Vertx vertx;
    private final Database database;
    private final InstantSource clock;
    private final ExportLimits limits;
    private final WorkerExecutor worker;
    private final ExportWorkStore store = new ExportWorkStore();
    private final Lane lane = new Lane("make an export", this::makeNext);
    private boolean sweeping;

    public ExportMaker(Vertx vertx, Database database, InstantSource clock) {
        this(vertx, database, clock, ExportLimits.USUAL);
    }

    ExportMaker(Vertx vertx, Database database, InstantSource clock, ExportLimits limits) {
        this.vertx = vertx;
        this.database = database;
        this.clock = clock;
        this.limits = limits;
        this.worker = vertx.createSharedWorkerExecutor("exports", 1);
    }

    public void start() {
        lane.start(vertx, POLL_MILLIS);
        vertx.setPeriodic(SWEEP_MILLIS, id -> sweepIfIdle());
    }

    /** Begins nothing more, and gives back what is not done: this node is about to end. */
    public void stop() {
        lane.drain();
    }

    /** There may be something to do. */
    public void wake() {
        lane.wake();
    }

    /** Whether there was anything to make. */
    Future<Boolean> makeNext() {
        Instant now = clock.instant();
        return store.claim(database.client(), now, now.plus(ExportRun.WITHOUT_NEWS))
                .compose(claimed -> claimed.isEmpty()
                        ? Future.succeededFuture(false)
                        : make(claimed.get()).map(made -> true));
    }

    private Future<Void> make(ExportTask task) {
        if (task.attempt() > MOST_ATTEMPTS) {
            return fail(task, "it was begun " + MOST_ATTEMPTS + " times and never came to an end: export less", FAILED);
        }
        return dropEarlier(task)
                .compose(clean -> new ExportRun(database.client(), worker, clock, limits, task, lane::isDrained).run())
                .compose(made -> finish(task))
                .recover(failure -> ended(task, failure));
    }

    /** Of what was written before this attempt. */
    private Future<Void> dropEarlier(ExportTask task) {
        return task.attempt() == 1
                ? Future.succeededFuture()
                : store.dropEarlier(database.client(), task.id(), task.attempt(), CHUNKS_A_STEP)
                        .compose(dropped -> dropped == 0 ? Future.succeededFuture() : dropEarlier(task));
    }

    private Future<Void> finish(ExportTask task) {
        Instant now = clock.instant();
        Instant expires = now.plus(limits.downloadable());
        return store.finish(
                        database.client(),
                        task,
                        now,
                        expires,
                        expires.plus(LAST_DOWNLOADS),
                        expires.plus(limits.remembered()))
                .mapEmpty();
    }

    private Future<Void> ended(ExportTask task, Throwable failure) {
        if (failure instanceof ExportEnd.Lost) {
            LOG.info("export {}: {}", task.id(), failure.getMessage());
            return Future.succeededFuture();
        }
        if (failure instanceof ExportEnd.Stopped) {
            return store.release(database.client(), task).mapEmpty();
        }
        if (failure instanceof ExportEnd.TooLarge) {
            return fail(task, String.valueOf(failure.getMessage()), TOO_LARGE);
        }
        if (Database.isUnavailable(failure)) {
            // Whoever sees the claim run out begins anew.
            return Future.failedFuture(failure);
        }
        LOG.error("export {} failed", task.id(), failure);
        return fail(task, "the file could not be made; the server's log tells more under " + task.id(), FAILED);
    }

    private Future<Void> fail(ExportTask task, String reason, String code) {
        Instant now = clock.instant();
        return store.fail(database.client(), task, now, reason, code, now.plus(limits.remembered()))
                .mapEmpty();
    }

    private void sweepIfIdle() {
        if (sweeping || lane.isDrained()) {
            return;
        }
        sweeping = true;
        sweep().onComplete(done -> {
            sweeping = false;
            if (done.failed() && !lane.isDrained()) {
                LOG.warn("exported files could not be removed: {}", done.cause().toString());
            }
        });
    }

    /** Removes all that is due. */
    Future<Void> sweep() {
        return lane.isDrained()
                ? Future.succeededFuture()
                : sweepStep()
                        .compose(removed -> removed == 0
                                ? Future.succeededFuture()
                                : vertx.timer(REST_MILLIS, TimeUnit.MILLISECONDS)
                                        .compose(rested -> sweep()));
    }

    private Future<Integer> sweepStep() {
        Instant now = clock.instant();
        return database.inTransaction(tx -> store.findToEmpty(tx, now)
                        .compose(found -> found.isEmpty()
                                ? Future.succeededFuture(0)
                                : store.dropEarlier(tx, found.get(), Integer.MAX_VALUE, CHUNKS_A_STEP)
                                        .compose(dropped -> dropped > 0
                                                ? Future.succeededFuture(dropped)
                                                : store.emptied(tx, found.get()).map(1))))
                .compose(dropped -> dropped > 0
                        ? Future.succeededFuture(dropped)
                        : store.remove(database.client(), now, TASKS_A_STEP));
    }
}
