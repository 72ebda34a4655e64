package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/**
 * Snapshots that the provider leaves to the desktops' agents. Whoever holds a desktop's session tells its agent, also when it
 * has taken the order: then that only asks how it stands.
 */
public final class SnapshotOrders {
    private static final int MOST_TOLD = 2000;

    private final Database database;
    private final JobStore jobs;
    private final InstantSource clock;
    private final SnapshotOrderStore store = new SnapshotOrderStore();

    public SnapshotOrders(Database database, JobStore jobs, InstantSource clock) {
        this.database = database;
        this.jobs = jobs;
        this.clock = clock;
    }

    /** @param taken whether the agent has said that it is at it */
    public record Untold(UUID id, UUID desktopId, boolean taken, Instant issuedAt, Instant expiresAt, long epoch) {}

    /** What an agent says of an order; the desktop is the one whose agent says it. */
    public record News(UUID orderId, UUID desktopId, Phase phase, String text) {
        boolean isDone() {
            return phase == Phase.DONE;
        }

        String reason() {
            return isDone() ? "the agent made it: " + text : text;
        }
    }

    public Future<List<Untold>> listUntold(UUID nodeId) {
        return store.listUntold(database.client(), nodeId, MOST_TOLD);
    }

    /** Agents have said how it stands. What was not waited for changes nothing. */
    public Future<Void> heard(List<News> news) {
        List<News> taken =
                news.stream().filter(one -> one.phase() == Phase.TAKEN).toList();
        List<News> ended =
                news.stream().filter(one -> one.phase() != Phase.TAKEN).toList();
        Instant now = clock.instant();
        return (taken.isEmpty() ? Future.<Void>succeededFuture() : store.take(database.client(), taken))
                .compose(done -> ended.isEmpty()
                        ? Future.succeededFuture()
                        : database.inTransactionAgain(
                                tx -> store.end(tx, ended, now).compose(jobIds -> jobs.close(tx, jobIds, now))));
    }
}
