package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;

/**
 * Ends what a restored database holds as under way on desktops: power actions and deletions, so that none is ordered a second
 * time, and the sessions of nodes that are gone. Places stay open: their tokens let nobody in twice.
 */
public final class RestoredDesktops {
    private final JobStore jobs = new JobStore();
    private final NodeStore nodes = new NodeStore();

    /** In a transaction; the number of jobs that this ended. */
    public Future<Integer> endUnfinished(SqlClient tx, String reason, Instant now) {
        return nodes.releaseAll(tx)
                .compose(released -> jobs.failActions(tx, now, reason))
                .compose(jobIds -> jobs.close(tx, jobIds, now).map(jobIds.size()));
    }
}
