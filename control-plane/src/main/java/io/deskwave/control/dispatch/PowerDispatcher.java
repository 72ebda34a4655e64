package io.deskwave.control.dispatch;

import static java.util.Objects.requireNonNull;

import io.deskwave.control.db.Lane;
import io.deskwave.control.desktop.PowerOp;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.desktop.PowerStore.Untold;
import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.ServerMessage.Notice;
import io.deskwave.protocol.ServerMessage.PowerOrder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the agents of this node's desktops of power orders until they answer, and ends what the desktops' rows prove. What to
 * say is read from the rows; an agent carries out no order twice. Used on one event loop.
 */
public final class PowerDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(PowerDispatcher.class);
    private static final long AGAIN_NANOS = 5_000_000_000L;

    private final PowerProofs proofs;
    private final Outbound outbound;
    private final PowerSigner signer;
    private final UUID nodeId;
    private final Lane lane = new Lane("look for power orders", this::look);
    private final Map<Told, Long> told = new HashMap<>();

    /** An order, and the session that it was told in. */
    private record Told(UUID orderId, long epoch) {}

    public PowerDispatcher(PowerProofs proofs, Outbound outbound, PowerSigner signer, UUID nodeId) {
        this.proofs = proofs;
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
        return proofs.settle()
                .compose(settled -> proofs.listUntold(nodeId))
                .compose(this::tell)
                .map(false);
    }

    private Future<Void> tell(List<Untold> untold) {
        long now = System.nanoTime();
        Map<UUID, Long> epochs = new HashMap<>();
        untold.forEach(order -> epochs.put(order.id(), order.epoch()));
        told.values().removeIf(at -> now - at > AGAIN_NANOS);
        List<Untold> due = untold.stream()
                .filter(order -> told.putIfAbsent(new Told(order.id(), order.epoch()), now) == null)
                .toList();
        if (due.isEmpty()) {
            return Future.succeededFuture();
        }
        return proofs.noticesLeftOut(tooOldForNotices(due))
                .compose(noted ->
                        signer.sign(due.stream().map(PowerDispatcher::order).toList()))
                .onFailure(failure -> told.clear())
                .onSuccess(signed -> signed.forEach(order -> send(order, requireNonNull(epochs.get(order.orderId())))))
                .mapEmpty();
    }

    private void send(PowerOrder order, long epoch) {
        if (outbound.send(order.desktopId(), epoch, order)) {
            LOG.info("power order {}: {} sent to desktop {}", order.orderId(), order.action(), order.desktopId());
        }
    }

    /** They are carried out all the same, at once. */
    private static List<UUID> tooOldForNotices(List<Untold> due) {
        return due.stream()
                .filter(order -> order.notice() != null && !order.tells())
                .map(Untold::id)
                .toList();
    }

    private static @Nullable Notice notice(Untold order) {
        if (order.notice() == null || !order.tells()) {
            return null;
        }
        String message = order.notice()
                .message()
                .replace("\r\n", "\n")
                .replaceAll("[\\p{Cc}&&[^\\n\\t]]", " ")
                .strip();
        return message.isEmpty() ? null : new Notice(message, order.notice().seconds());
    }

    private static PowerOrder order(Untold order) {
        return new PowerOrder(
                order.desktopId(),
                order.id(),
                action(order.op()),
                order.force(),
                order.bootId(),
                order.issuedAt(),
                order.expiresAt(),
                notice(order),
                "");
    }

    private static PowerAction action(PowerOp op) {
        return switch (op) {
            case REBOOT -> PowerAction.REBOOT;
            case STOP -> PowerAction.STOP;
            case HIBERNATE -> PowerAction.HIBERNATE;
            case START, REBUILD, CREATE_SNAPSHOT ->
                throw new IllegalArgumentException(op + " is no power order of an agent");
        };
    }
}
