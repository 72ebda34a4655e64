package io.deskwave.control.dispatch;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.NodeStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the database that this node lives, and takes the desktops away from nodes that are dead, as {@link NodeWatch} tells.
 * Used on one event loop.
 */
public final class Heartbeat {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
    private static final long PERIOD_MILLIS = 2_000;
    private static final long ANSWER_SECONDS = 5;

    private final Database database;
    private final NodeStore nodes;
    private final UUID nodeId;
    private final Set<UUID> companions;
    private final InstantSource clock;
    private final Runnable onTakenForDead;
    private final Instant startedAt;
    private final NodeWatch watch = new NodeWatch();
    private long timer = -1;
    private boolean known;
    private Future<Void> underWay = Future.succeededFuture();
    private boolean stopped;

    /**
     * @param companions the event loops of this process, each of which the database knows as a node
     * @param onTakenForDead called when this node finds that it was given up
     */
    public Heartbeat(
            Database database,
            NodeStore nodes,
            UUID nodeId,
            Set<UUID> companions,
            InstantSource clock,
            Runnable onTakenForDead) {
        this.database = database;
        this.nodes = nodes;
        this.nodeId = nodeId;
        this.companions = Set.copyOf(companions);
        this.clock = clock;
        this.onTakenForDead = onTakenForDead;
        this.startedAt = clock.instant();
    }

    public Future<Void> start(Vertx vertx) {
        timer = vertx.setPeriodic(PERIOD_MILLIS, id -> beatOrSkip());
        underWay = beat();
        return underWay;
    }

    /** Whether there is another process that agents may come to. */
    public boolean seesOthers() {
        return watch.seesOthers(companions);
    }

    private void beatOrSkip() {
        if (stopped || !underWay.isComplete()) {
            return;
        }
        underWay = beat().timeout(ANSWER_SECONDS, TimeUnit.SECONDS)
                .onFailure(failure -> LOG.warn("no heartbeat: {}", failure.toString()));
    }

    private Future<Void> beat() {
        return nodes.beat(database.client(), nodeId, startedAt, clock.instant()).compose(isNew -> {
            if (isNew && known) {
                LOG.warn("this node was taken for dead, its desktops come in again");
                onTakenForDead.run();
            }
            known = true;
            return releaseDead();
        });
    }

    private Future<Void> releaseDead() {
        long askedAt = System.nanoTime();
        return nodes.listOthers(database.client(), nodeId).compose(others -> {
            var dead = watch.dead(others, askedAt, System.nanoTime());
            return nodes.releaseDead(database.client(), dead)
                    .onSuccess(released -> {
                        if (!dead.isEmpty()) {
                            LOG.warn("dead nodes: {}; desktops that were theirs: {}", dead, released);
                        }
                    })
                    .mapEmpty();
        });
    }

    /** Gives this node's desktops back: nobody is connected to it any more. A beat that came after it would undo that. */
    public Future<Void> stop(Vertx vertx) {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
        stopped = true;
        return underWay.otherwiseEmpty()
                .compose(beaten -> nodes.release(database.client(), nodeId))
                .mapEmpty();
    }
}
