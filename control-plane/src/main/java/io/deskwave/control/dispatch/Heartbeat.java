package io.deskwave.control.dispatch;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.SessionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the database that this node lives, and takes the desktops away from nodes that were not heard of for a while. */
public final class Heartbeat {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
    private static final long PERIOD_MILLIS = 5_000;
    private static final Duration DEAD_AFTER = Duration.ofSeconds(20);

    private final Database database;
    private final SessionStore sessions;
    private final UUID nodeId;
    private final InstantSource clock;
    private final Runnable onTakenForDead;
    private final Instant startedAt;
    private long timer = -1;
    private boolean known;

    /** @param onTakenForDead called when this node finds that it was given up */
    public Heartbeat(
            Database database, SessionStore sessions, UUID nodeId, InstantSource clock, Runnable onTakenForDead) {
        this.database = database;
        this.sessions = sessions;
        this.nodeId = nodeId;
        this.clock = clock;
        this.onTakenForDead = onTakenForDead;
        this.startedAt = clock.instant();
    }

    public Future<Void> start(Vertx vertx) {
        timer = vertx.setPeriodic(
                PERIOD_MILLIS, id -> beat().onFailure(failure -> LOG.warn("no heartbeat: {}", failure.toString())));
        return beat();
    }

    private Future<Void> beat() {
        Instant now = clock.instant();
        return sessions.nodeSeen(database.client(), nodeId, startedAt, now)
                .compose(isNew -> {
                    if (isNew && known) {
                        LOG.warn("this node was taken for dead, its desktops come in again");
                        onTakenForDead.run();
                    }
                    known = true;
                    return sessions.releaseDeadNodes(database.client(), now.minus(DEAD_AFTER));
                })
                .mapEmpty();
    }

    /** Gives this node's desktops back: nobody is connected to it any more. */
    public Future<Void> stop(Vertx vertx) {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
        return sessions.releaseNode(database.client(), nodeId).mapEmpty();
    }
}
