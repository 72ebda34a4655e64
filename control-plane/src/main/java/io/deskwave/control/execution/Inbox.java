package io.deskwave.control.execution;

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
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: while one transaction is under way, what arrives waits for the next, so that a busy node commits often
 * enough to be quick and seldom enough to be cheap. What goes together is chosen by {@link Lines}: a noisy desktop delays no
 * quiet one. When a group fails, its reports are tried one by one, so that a bad one hurts only itself; while the database is
 * away they wait. Used on one event loop.
 */
public final class Inbox {
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);
    private static final long RETRY_MILLIS = 500;
    /** What fails like a database that is away, but fails again and again, may be one report: the others must not wait. */
    private static final int GROUP_TRIES = 20;

    private final Vertx vertx;
    private final Reports reports;
    private final Function<Throwable, Boolean> isPassing;
    private final Lines waiting = new Lines();
    private boolean committing;

    /** @param isPassing whether a failure is the database's being away, so that trying again later helps */
    public Inbox(Vertx vertx, Reports reports, Function<Throwable, Boolean> isPassing) {
        this.vertx = vertx;
        this.reports = reports;
        this.isPassing = isPassing;
    }

    /** Succeeds when the report is committed; for output with where it stands. */
    public Future<Stored> post(Report report) {
        Promise<Stored> stored = Promise.promise();
        waiting.add(new Letter(report, stored));
        next();
        return stored.future();
    }

    /** How much one desktop may have waiting here before it is asked to pause; less when there are many. */
    public int share() {
        return waiting.share();
    }

    private void next() {
        if (committing || waiting.isEmpty()) {
            return;
        }
        committing = true;
        commit(waiting.nextGroup(), 1);
    }

    private void commit(List<Letter> group, int tries) {
        reports.commit(group.stream().map(Letter::report).toList())
                .onSuccess(stored -> {
                    group.forEach(letter -> letter.stored().complete(standOf(letter.report(), stored)));
                    committing = false;
                    next();
                })
                .onFailure(failure -> failed(group, tries, failure));
    }

    private void failed(List<Letter> group, int tries, Throwable failure) {
        if (isPassing.apply(failure) && (tries < GROUP_TRIES || group.size() == 1)) {
            LOG.warn("{} reports wait for the database: {}", group.size(), failure.getMessage());
            vertx.setTimer(RETRY_MILLIS, id -> commit(group, tries + 1));
        } else if (group.size() > 1) {
            LOG.warn("a group of {} reports failed, trying them one by one: {}", group.size(), failure.toString());
            oneByOne(new ArrayDeque<>(group));
        } else {
            LOG.error(
                    "a report of desktop {} cannot be stored",
                    group.get(0).report().desktopId(),
                    failure);
            group.forEach(letter -> letter.stored().fail(failure));
            committing = false;
            next();
        }
    }

    private void oneByOne(Deque<Letter> rest) {
        Letter letter = rest.poll();
        if (letter == null) {
            committing = false;
            next();
            return;
        }
        reports.commit(List.of(letter.report()))
                .onSuccess(stored -> {
                    letter.stored().complete(standOf(letter.report(), stored));
                    oneByOne(rest);
                })
                .onFailure(failure -> {
                    if (isPassing.apply(failure)) {
                        rest.addFirst(letter);
                        vertx.setTimer(RETRY_MILLIS, id -> oneByOne(rest));
                    } else {
                        LOG.error(
                                "a report of desktop {} cannot be stored",
                                letter.report().desktopId(),
                                failure);
                        letter.stored().fail(failure);
                        oneByOne(rest);
                    }
                });
    }

    private static Stored standOf(Report report, Map<AttemptKey, Stored> stored) {
        Stored stand = report instanceof Report.Printed printed
                ? stored.get(new AttemptKey(
                        printed.output().recordId(), printed.output().attempt()))
                : null;
        return stand == null ? new Stored(0, 0, 0, false) : stand;
    }
}
