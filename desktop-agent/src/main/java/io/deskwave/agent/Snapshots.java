package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage.SnapshotNews;
import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import io.deskwave.protocol.ServerMessage.SnapshotOrder;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshot orders: check the signature, write it down, answer, make it, answer again. An order that was taken before is
 * answered with how it stands, and not made again; so an answer that was lost is found by telling the order once more. Event
 * loop.
 */
final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    /** The longest that is waited for a tool, however late the order expires. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private final Vertx vertx;
    private final SnapshotMemory memory;
    private final SnapshotMaker maker;
    private final ServerTime time;

    Snapshots(Vertx vertx, SnapshotMemory memory, SnapshotMaker maker, ServerTime time) {
        this.vertx = vertx;
        this.memory = memory;
        this.maker = maker;
        this.time = time;
    }

    void take(SnapshotOrder order, Identity identity, ControlLink link) {
        Instant now = time.now();
        if (!identity.isSigned(order.desktopId(), order.signedContent(), order.signature())) {
            LOG.error("snapshot order {} carries no valid signature for this desktop and is refused", order.orderId());
            tell(order, link, Phase.FAILED, "the order is not signed by the control plane for this desktop");
        } else if (!now.isBefore(order.expiresAt())) {
            LOG.error("snapshot order {} expired at {} and is refused", order.orderId(), order.expiresAt());
            tell(order, link, Phase.FAILED, "the order expired at " + order.expiresAt());
        } else {
            var unused = vertx.executeBlocking(() -> memory.take(order.orderId(), order.issuedAt(), now))
                    .onFailure(e ->
                            tell(order, link, Phase.FAILED, "it could not be written down: " + Outcomes.sentence(e)))
                    .onSuccess(answer -> {
                        tell(order, link, answer.phase(), answer.text());
                        if (answer.isNew()) {
                            make(order, link, shorter(Duration.between(now, order.expiresAt())));
                        }
                    });
        }
    }

    private static Duration shorter(Duration left) {
        return left.compareTo(LONGEST) < 0 ? left : LONGEST;
    }

    private void make(SnapshotOrder order, ControlLink link, Duration within) {
        LOG.info("making a snapshot for order {}", order.orderId());
        var unused = vertx.executeBlocking(() -> maker.make(order.orderId(), order.issuedAt(), within), false)
                .onComplete(made -> {
                    Phase phase = made.succeeded() ? Phase.DONE : Phase.FAILED;
                    String text = made.succeeded() ? made.result() : Outcomes.sentence(made.cause());
                    LOG.info("snapshot order {}: {} {}", order.orderId(), phase, text);
                    var unusedWrite = vertx.executeBlocking(() -> memory.ended(order.orderId(), phase, text))
                            .onFailure(e -> LOG.warn("what came of order {} is not written down", order.orderId(), e))
                            .onComplete(written -> tell(order, link, phase, text));
                });
    }

    private static void tell(SnapshotOrder order, ControlLink link, Phase phase, String text) {
        boolean unused = link.send(new SnapshotNews(order.orderId(), phase, text));
    }
}
