package io.deskwave.control.dispatch;

import io.deskwave.control.db.Lane;
import io.deskwave.control.execution.Wakes;
import io.deskwave.control.execution.Wakes.Wake;
import io.deskwave.protocol.ServerMessage.WakeDesktops;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has desktops that are to start woken by their neighbours on this node, as {@link Wakes} says; nobody answers, and the
 * desktop's hello ends it. Used on one event loop.
 */
public final class WakeDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(WakeDispatcher.class);
    private static final Duration GOOD_FOR = Duration.ofSeconds(30);

    private final Wakes wakes;
    private final Outbound outbound;
    private final ContentSigner signer;
    private final UUID nodeId;
    private final InstantSource clock;
    private final Lane lane = new Lane("look for desktops to wake", this::look);

    public WakeDispatcher(Wakes wakes, Outbound outbound, ContentSigner signer, UUID nodeId, InstantSource clock) {
        this.wakes = wakes;
        this.outbound = outbound;
        this.signer = signer;
        this.nodeId = nodeId;
        this.clock = clock;
    }

    public void start(Vertx vertx, long pollMillis) {
        lane.start(vertx, pollMillis);
    }

    /** Has nobody woken any more: this node is about to end. */
    public void drain() {
        lane.drain();
    }

    public void wake() {
        lane.wake();
    }

    private Future<Boolean> look() {
        return wakes.claim(nodeId).compose(this::tell).map(false);
    }

    private Future<Void> tell(List<Wake> claimed) {
        return Future.join(claimed.stream().map(this::tell).toList()).mapEmpty();
    }

    private Future<Void> tell(Wake wake) {
        var order = new WakeDesktops(
                wake.sender().desktopId(),
                wake.sender().network(),
                wake.macs(),
                clock.instant().plus(GOOD_FOR),
                "");
        return signer.sign(order.signedContent()).map(signature -> {
            if (outbound.send(order.desktopId(), wake.sender().epoch(), order.signed(signature))) {
                LOG.info("desktop {} wakes {} in {}", order.desktopId(), order.macs(), order.network());
            }
            return null;
        });
    }
}
