package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.Ring;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** Ends firings whose execution or job has ended; looks at what is under way, and at what was rung for since. */
final class FiringEndings implements Ring {
    /** So many firings at most are ended by one call. */
    private static final int AT_ONCE = 5000;
    /** A ring may be lost: what was retried then is told late, what runs is found anyway. */
    private static final int MOST_REMEMBERED = 10_000;
    /** Executions are retried within this, as a rule. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private final Database database;
    private final InstantSource clock;
    private final FiringEndStore store = new FiringEndStore();
    private final Set<UUID> changed = new HashSet<>();

    FiringEndings(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public synchronized void rung(Set<UUID> taskIds, boolean work) {
        if (changed.size() < MOST_REMEMBERED) {
            changed.addAll(taskIds);
        }
    }

    private synchronized Set<UUID> takeChanged() {
        Set<UUID> taken = Set.copyOf(changed);
        changed.clear();
        return taken;
    }

    /** The number of scheduled tasks whose firings were ended, where there may be more; else 0. */
    Future<Integer> end() {
        Set<UUID> rung = takeChanged();
        return database.inTransactionAgain(tx -> store.end(tx, rung, PowerJobs.CONFLICT, clock.instant(), AT_ONCE)
                        .compose(ended -> ended.taskIds().isEmpty()
                                ? Future.succeededFuture(0)
                                : store.tellTasks(tx, ended.taskIds())
                                        .map(ended.firings() < AT_ONCE ? 0 : ended.firings())))
                .onFailure(failure -> rung(rung, false));
    }

    /** What ended again and was not rung for, since a node ended or a ring was lost. */
    Future<Void> lookAgain() {
        return store.findChanged(database.client(), clock.instant().minus(REMEMBERED))
                .map(changedIds -> {
                    rung(changedIds, false);
                    return null;
                });
    }
}
