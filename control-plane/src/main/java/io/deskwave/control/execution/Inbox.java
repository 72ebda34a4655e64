package io.deskwave.control.execution;

import io.deskwave.control.db.Turns;
import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.Reports.Report;
import io.deskwave.control.execution.Reports.Stored;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: while one transaction is under way, what arrives waits for the next, so that a busy node commits often
 * enough to be quick and seldom enough to be cheap. What goes together is chosen by {@link Lines}: a noisy desktop delays no
 * quiet one. When a group fails, its halves are tried, so that a bad report is found soon and hurts only itself; while the database
 * is away they wait. Used on one event loop.
 */
public final class Inbox {
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);
    private static final long RETRY_MILLIS = 500;
    /** Of what may pass, but may as well be the fault of one report: the others must not wait for ever. */
    private static final int TRIES = 5;

    private final Vertx vertx;
    private final Function<List<Report>, Future<Map<AttemptKey, Stored>>> store;
    private final Predicate<Throwable> isAway;
    private final Predicate<Throwable> isPassing;
    private final Lines waiting;
    private final Deque<List<Letter>> halves = new ArrayDeque<>();
    private final Queue<Runnable> answers = new ArrayDeque<>();
    private boolean committing;
    private boolean answering;
    private volatile boolean heldUp;
    private Promise<Void> emptied = Promise.promise();

    /**
     * @param isAway whether a failure means that the database cannot be reached: everything waits for it
     * @param isPassing whether trying again may help
     * @param loops that share the memory of the node
     */
    public Inbox(Vertx vertx, Reports reports, Predicate<Throwable> isAway, Predicate<Throwable> isPassing, int loops) {
        this(vertx, reports::commit, isAway, isPassing, new Lines(loops));
    }

    /** @param store commits reports together, or none of them */
    Inbox(
            Vertx vertx,
            Function<List<Report>, Future<Map<AttemptKey, Stored>>> store,
            Predicate<Throwable> isAway,
            Predicate<Throwable> isPassing,
            Lines waiting) {
        this.vertx = vertx;
        this.store = store;
        this.isAway = isAway;
        this.isPassing = isPassing;
        this.waiting = waiting;
    }

    /** Succeeds when the report is committed; for output with where it stands. */
    public Future<Stored> post(Report report) {
        Promise<Stored> stored = Promise.promise();
        waiting.add(new Letter(report, stored));
        next();
        return stored.future();
    }

    /** Whether so much of this desktop waits here that it is to pause; less may when there are many. */
    public boolean isOverfull(UUID desktopId) {
        return waiting.isOverfull(desktopId);
    }

    /** Whether reports are here that could not be committed at the first try, or wait behind such. Any thread may ask. */
    public boolean isHeldUp() {
        return heldUp;
    }

    /** Succeeds when everything that is here is committed or was refused, and answered; at once when there is nothing. */
    public Future<Void> whenEmpty() {
        return isEmpty() ? Future.succeededFuture() : emptied.future();
    }

    private void next() {
        if (committing || waiting.isEmpty()) {
            return;
        }
        committing = true;
        commit(waiting.nextGroup(), 1);
    }

    private void commit(List<Letter> group, int tries) {
        store.apply(group.stream().map(Letter::report).toList())
                .onSuccess(stored -> {
                    answer(group, stored);
                    goOn();
                })
                .onFailure(failure -> failed(group, tries, failure));
    }

    /** While the next group is stored. */
    private void answer(List<Letter> group, Map<AttemptKey, Stored> stored) {
        group.forEach(letter -> answers.add(() -> letter.stored().complete(standOf(letter.report(), stored))));
        answerAll();
    }

    private void answerAll() {
        if (answering || answers.isEmpty()) {
            return;
        }
        answering = true;
        Turns.drain(vertx, answers, Runnable::run)
                .onFailure(failure -> LOG.error("one of many reports cannot be answered", failure))
                .onComplete(all -> {
                    answering = false;
                    answerAll();
                    tellWhetherEmpty();
                });
    }

    private void tellWhetherEmpty() {
        if (isEmpty()) {
            Promise<Void> told = emptied;
            emptied = Promise.promise();
            told.complete();
        }
    }

    private boolean isEmpty() {
        return !committing && waiting.isEmpty() && !answering;
    }

    private void goOn() {
        List<Letter> half = halves.poll();
        if (half != null) {
            commit(half, 1);
            return;
        }
        heldUp = false;
        committing = false;
        tellWhetherEmpty();
        next();
    }

    private void failed(List<Letter> group, int tries, Throwable failure) {
        heldUp = true;
        if (isAway.test(failure) || (isPassing.test(failure) && tries < TRIES)) {
            LOG.warn("{} reports wait for the database: {}", group.size(), failure.getMessage());
            vertx.setTimer(RETRY_MILLIS, id -> commit(group, tries + 1));
        } else if (group.size() > 1) {
            LOG.warn("a group of {} reports failed, trying it in halves: {}", group.size(), failure.toString());
            int middle = group.size() / 2;
            halves.addFirst(group.subList(middle, group.size()));
            halves.addFirst(group.subList(0, middle));
            goOn();
        } else {
            LOG.error(
                    "a report of desktop {} cannot be stored",
                    group.get(0).report().desktopId(),
                    failure);
            group.get(0).stored().fail(failure);
            goOn();
        }
    }

    private static Stored standOf(Report report, Map<AttemptKey, Stored> stored) {
        Stored stand = report instanceof Report.Printed printed
                ? stored.get(new AttemptKey(
                        printed.output().recordId(), printed.output().attempt()))
                : null;
        return stand == null ? new Stored(0, 0, 0, false) : stand;
    }
}
