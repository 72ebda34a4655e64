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
 * is answered and not acted on again. Event loop.
 */
final class PowerOrders {
    private static final Logger LOG = LoggerFactory.getLogger(PowerOrders.class);

    private final Vertx vertx;
    private final PowerMemory memory;
    private final PowerSwitch powerSwitch;
    private final HostWatch host;

    PowerOrders(Vertx vertx, PowerMemory memory, PowerSwitch powerSwitch, HostWatch host) {
        this.vertx = vertx;
        this.memory = memory;
        this.powerSwitch = powerSwitch;
        this.host = host;
    }

    void take(PowerOrder order, Identity identity, ControlLink link) {
        if (!identity.isSigned(order.desktopId(), order.signedContent(), order.signature())) {
            LOG.error("power order {} carries no valid signature for this desktop and is refused", order.orderId());
            answer(order, link, "the order is not signed by the control plane for this desktop");
        } else if (!order.bootId().equals(host.currentBoot().id())) {
            LOG.info("{} of order {} was done in an earlier boot", order.action(), order.orderId());
            answer(order, link, null);
        } else {
            var unused = vertx.executeBlocking(() -> memory.take(order.orderId(), order.issuedAt(), Instant.now()))
                    .onFailure(e -> answer(order, link, "it could not be written down: " + Outcomes.sentence(e)))
                    .onSuccess(answer -> take(order, answer, link));
        }
    }

    private void take(PowerOrder order, PowerMemory.Answer remembered, ControlLink link) {
        switch (remembered) {
            case NEW -> {
                answer(order, link, null);
                powerSwitch.act(order.action(), order.force(), link, error -> answer(order, link, error));
            }
            case TAKEN_BEFORE -> {
                LOG.info("order {} was taken before and is not acted on again", order.orderId());
                answer(order, link, null);
            }
            case TOO_OLD -> {
                LOG.error("order {} of {} is too old and is refused", order.orderId(), order.issuedAt());
                answer(order, link, "the order of " + order.issuedAt() + " is older than the agent can remember");
            }
        }
    }

    private static void answer(PowerOrder order, ControlLink link, @Nullable String error) {
        boolean unused = link.send(new PowerTaken(order.orderId(), error));
    }
}
