package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.Ring;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** Ends firings whose execution or job has ended; looks at what is under way, and at what was rung for since. */
final class FiringEndings implements Ring {
    private static final int AT_ONCE = 1000;
    /** A ring may be lost: what was retried then is told late, what runs is found anyway. */
    private static final int MOST_REMEMBERED = 10_000;

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

    /** The number of scheduled tasks whose firings were ended. */
    Future<Integer> end() {
        Set<UUID> rung = takeChanged();
        return database.inTransactionAgain(tx -> store.end(tx, rung, PowerJobs.CONFLICT, clock.instant(), AT_ONCE)
                .compose(tasks -> tasks.isEmpty()
                        ? Future.succeededFuture(0)
                        : store.tellTasks(tx, tasks).map(tasks.size())));
    }
}
