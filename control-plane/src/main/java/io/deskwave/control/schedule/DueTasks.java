package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.schedule.DueStore.Due;
import io.deskwave.control.schedule.DueStore.Firing;
import io.deskwave.control.schedule.DueStore.Restore;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a firing down for every planned instant that has come, and plans the next: in one transaction for many tasks, so
 * that an instant is fired by one node, or by another when that one dies. What is missed is written down as skipped.
 */
final class DueTasks {
    private static final Logger LOG = LoggerFactory.getLogger(DueTasks.class);

    private final Database database;
    private final InstantSource clock;
    private final DueStore store = new DueStore();

    DueTasks(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** The number of firings written, so many at most; 0 when nothing is due that no other node has in hand. */
    Future<Integer> fire(int most) {
        Instant now = clock.instant();
        return database.inTransaction(tx -> store.claim(tx, now, most)
                .compose(due -> due.isEmpty()
                        ? Future.succeededFuture(0)
                        : store.lastRestore(tx)
                                .compose(restore -> Database.withPlansKept(
                                        tx, () -> store.write(tx, firings(due, restore, now), now)))
                                .map(due.size())));
    }

    private static List<Firing> firings(List<Due> due, @Nullable Restore restore, Instant now) {
        return due.stream().map(each -> firing(each, restore, now)).toList();
    }

    /** A task whose timing can no longer be read stops by itself, and no other. */
    private static Firing firing(Due due, @Nullable Restore restore, Instant now) {
        try {
            Timing timing = Timing.of(due.request(), due.anchor(), now);
            Instant next = timing.next(due.plannedAt()).orElse(null);
            Optional<String> skipped = restore != null && restore.hides(due.plannedAt())
                    ? Optional.of("the database was restored from a backup of "
                            + LocalTimes.textWithOffset(restore.backupTime(), timing.zone())
                            + ", and this may have been fired after that")
                    : Misfire.of(due.request()).reasonToSkip(due.plannedAt(), next, now, timing.zone());
            Optional<String> expired =
                    timing.isOver(now) && now.isAfter(due.plannedAt().plus(Misfire.PUNCTUAL))
                            ? Optional.of("it was missed, and its expire_time is over")
                            : Optional.empty();
            return skipped.or(() -> expired)
                    .map(reason -> new Firing(due.taskId(), due.plannedAt(), next, "SKIP", reason))
                    .orElseGet(() -> new Firing(due.taskId(), due.plannedAt(), next, null, ""));
        } catch (RuntimeException e) {
            LOG.error("scheduled task {} cannot be planned any further", due.taskId(), e);
            return new Firing(
                    due.taskId(),
                    due.plannedAt(),
                    null,
                    "FAIL",
                    "its timing can no longer be read, and it fires no more until it is changed: " + e.getMessage());
        }
    }
}
