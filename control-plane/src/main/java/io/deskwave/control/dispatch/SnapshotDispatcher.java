package io.deskwave.control.dispatch;

import io.deskwave.control.db.Lane;
import io.deskwave.control.desktop.SnapshotOrders;
import io.deskwave.control.desktop.SnapshotOrders.Untold;
import io.deskwave.protocol.ServerMessage.SnapshotOrder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the agents of this node's desktops to make snapshots until they say what came of it; what is told again is not made
 * again. Used on one event loop.
 */
public final class SnapshotDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotDispatcher.class);
    private static final long AGAIN_NANOS = 5_000_000_000L;
    /** Of one that is being made: how it stands is asked once in a while, since an answer may be lost. */
    private static final long ASK_NANOS = 30_000_000_000L;

    private final SnapshotOrders snapshots;
    private final Outbound outbound;
    private final Signer signer;
    private final UUID nodeId;
    private final Lane lane = new Lane("look for snapshot orders", this::look);
    private final Map<Told, Long> told = new HashMap<>();

    /** An order, the session that it was told in, and whether the agent was at it already. */
    private record Told(UUID orderId, long epoch, boolean taken) {}

    /** Signs orders, away from the event loop. */
    @FunctionalInterface
    public interface Signer {
        Future<List<SnapshotOrder>> sign(List<SnapshotOrder> orders);
    }

    public SnapshotDispatcher(SnapshotOrders snapshots, Outbound outbound, Signer signer, UUID nodeId) {
        this.snapshots = snapshots;
        this.outbound = outbound;
        this.signer = signer;
        this.nodeId = nodeId;
    }

    /** Looks every so often, since a ring may be lost. */
    public void start(Vertx vertx, long pollMillis) {
        lane.start(vertx, pollMillis);
    }

    /** Tells nobody any more: this node is about to end. */
    public void drain() {
        lane.drain();
    }

    public void wake() {
        lane.wake();
    }

    private Future<Boolean> look() {
        return snapshots.listUntold(nodeId).compose(this::tell).map(false);
    }

    private Future<Void> tell(List<Untold> untold) {
        long now = System.nanoTime();
        told.entrySet().removeIf(one -> now - one.getValue() > (one.getKey().taken() ? ASK_NANOS : AGAIN_NANOS));
        Map<UUID, Long> epochs = new HashMap<>();
        List<SnapshotOrder> orders = untold.stream()
                .filter(order -> told.putIfAbsent(new Told(order.id(), order.epoch(), order.taken()), now) == null)
                .map(order -> {
                    epochs.put(order.id(), order.epoch());
                    return new SnapshotOrder(order.desktopId(), order.id(), order.issuedAt(), order.expiresAt(), "");
                })
                .toList();
        if (orders.isEmpty()) {
            return Future.succeededFuture();
        }
        return signer.sign(orders)
                .onFailure(failure -> told.clear())
                .onSuccess(signed -> signed.forEach(order -> {
                    if (outbound.send(order.desktopId(), epochs.getOrDefault(order.orderId(), -1L), order)) {
                        LOG.debug("snapshot order {} told to desktop {}", order.orderId(), order.desktopId());
                    }
                }))
                .mapEmpty();
    }
}
