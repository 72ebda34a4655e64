package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage.PowerTaken;
import io.deskwave.protocol.ServerMessage.PowerOrder;
import io.vertx.core.Vertx;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes power orders: check the signature, write it down, answer, act. An order that was taken before, or in another boot,
 * is answered and not acted on again; one that has expired, by the control plane's time, is refused. Event loop.
 */
final class PowerOrders {
    private static final Logger LOG = LoggerFactory.getLogger(PowerOrders.class);

    private final Vertx vertx;
    private final PowerMemory memory;
    private final PowerSwitch powerSwitch;
    private final HostWatch host;
    private final ServerTime time = new ServerTime();

    PowerOrders(Vertx vertx, PowerMemory memory, PowerSwitch powerSwitch, HostWatch host) {
        this.vertx = vertx;
        this.memory = memory;
        this.powerSwitch = powerSwitch;
        this.host = host;
    }

    void welcomed(Instant serverTime) {
        time.told(serverTime);
    }

    void take(PowerOrder order, Identity identity, ControlLink link) {
        if (!identity.isSigned(order.desktopId(), order.signedContent(), order.signature())) {
            LOG.error("power order {} carries no valid signature for this desktop and is refused", order.orderId());
            answer(order, link, "the order is not signed by the control plane for this desktop");
        } else if (!order.bootId().equals(host.currentBoot().id())) {
            LOG.info("{} of order {} was done in an earlier boot", order.action(), order.orderId());
            answer(order, link, null);
        } else if (!time.now().isBefore(order.expiresAt())) {
            LOG.error("order {} expired at {} and is refused", order.orderId(), order.expiresAt());
            answer(order, link, "the order expired at " + order.expiresAt());
        } else {
            Instant now = time.now();
            var unused = vertx.executeBlocking(() -> memory.take(order.orderId(), order.issuedAt(), now))
                    .onFailure(e -> answer(order, link, "it could not be written down: " + Outcomes.sentence(e)))
                    .onSuccess(answer -> take(order, answer, link));
        }
    }

    private void take(PowerOrder order, PowerMemory.Answer remembered, ControlLink link) {
        switch (remembered.kind()) {
            case NEW -> {
                answer(order, link, null);
                act(order, link);
            }
            case TAKEN_BEFORE -> {
                LOG.info("order {} was taken before and is not acted on again", order.orderId());
                answer(order, link, remembered.error());
            }
            case TOO_OLD -> {
                LOG.error("order {} of {} is too old and is refused", order.orderId(), order.issuedAt());
                answer(order, link, "the order of " + order.issuedAt() + " is older than the agent can remember");
            }
        }
    }

    private void act(PowerOrder order, ControlLink link) {
        var unused = powerSwitch.act(order.action(), order.force(), link).onComplete(done -> {
            String error = done.failed() ? Outcomes.sentence(done.cause()) : null;
            if (error != null) {
                answer(order, link, error);
            }
            var unusedWrite = vertx.executeBlocking(() -> memory.acted(order.orderId(), error))
                    .onFailure(e -> LOG.warn("what came of order {} is not written down", order.orderId(), e));
        });
    }

    private static void answer(PowerOrder order, ControlLink link, @Nullable String error) {
        boolean unused = link.send(new PowerTaken(order.orderId(), error));
    }
}
