package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.desktop.PowerJobs.Action;
import io.deskwave.control.desktop.PowerOp;
import io.deskwave.control.execution.PreStartStore.Unasked;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Has desktops started that executions wait for: where there is a provider, each is a start like any other, a job of its own
 * that waits no longer than the execution does, and than a start by command: an execution may wait for days, and nothing else
 * could be done to the desktop meanwhile. {@link PreStartStore} says when it is asked for again.
 */
public final class PreStarts {
    private static final int AT_ONCE = 200;
    private static final int MOST_MINUTES = 10;

    private final Database database;
    private final PowerJobs power;
    private final InstantSource clock;
    private final PreStartStore store = new PreStartStore();

    public PreStarts(Database database, PowerJobs power, InstantSource clock) {
        this.database = database;
        this.power = power;
        this.clock = clock;
    }

    private record Together(String projectId, int minutes) {}

    /** Several nodes may do so at once: of two starts of one desktop the second is refused. */
    public Future<Void> begin() {
        Instant now = clock.instant();
        return store.listUnasked(database.client(), now, AT_ONCE).compose(unasked -> {
            Map<Together, List<UUID>> groups = unasked.stream()
                    .collect(Collectors.groupingBy(
                            one -> together(one, now), Collectors.mapping(Unasked::desktopId, Collectors.toList())));
            Future<Void> begun = Future.succeededFuture();
            for (var group : groups.entrySet()) {
                begun = begun.compose(before -> begin(group.getKey(), group.getValue()));
            }
            return begun;
        });
    }

    private static Together together(Unasked one, Instant now) {
        long seconds = Duration.between(now, one.deadline()).toSeconds();
        return new Together(one.projectId(), (int) Math.min(MOST_MINUTES, seconds / 60 + 1));
    }

    private Future<Void> begin(Together group, List<UUID> desktopIds) {
        var start = new Action(PowerOp.START, false, null, group.minutes());
        return database.inTransactionAgain(tx -> power.begin(tx, group.projectId(), desktopIds, start))
                .mapEmpty();
    }
}
