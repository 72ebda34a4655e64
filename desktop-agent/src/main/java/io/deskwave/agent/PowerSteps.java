package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage.PowerAccepted;
import io.deskwave.protocol.ServerMessage.PowerStep;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes power steps: check the signature, journal, answer, act. A step that was ordered in another boot was done already:
 * answer, and do nothing. Event loop.
 */
final class PowerSteps {
    private static final Logger LOG = LoggerFactory.getLogger(PowerSteps.class);

    private final Vertx vertx;
    private final Power power;
    private final PowerSwitch powerSwitch;
    private final HostWatch host;

    PowerSteps(Vertx vertx, Power power, PowerSwitch powerSwitch, HostWatch host) {
        this.vertx = vertx;
        this.power = power;
        this.powerSwitch = powerSwitch;
        this.host = host;
    }

    void take(PowerStep step, Identity identity, ControlLink link) {
        boolean named = step.desktopId() != null; // an older control plane names no desktop, and signs nothing
        if (!named || !identity.isSigned(step.desktopId(), step.signedContent(), step.signature())) {
            LOG.error("{} for {} carries no valid signature for this desktop", step.action(), step.recordId());
            answer(step, link, "the step is not signed by the control plane for this desktop");
            return;
        }
        if (!step.bootId().equals(host.currentBoot().id())) {
            LOG.info("{} for {} was done in an earlier boot", step.action(), step.recordId());
            answer(step, link, null);
            return;
        }
        LOG.info("{} for {} ({})", step.action(), step.recordId(), step.step());
        var unused = vertx.executeBlocking(() -> power.keep(step))
                .onFailure(e -> answer(step, link, "the step could not be written down: " + Outcomes.sentence(e)))
                .onSuccess(kept -> {
                    answer(step, link, null);
                    var unusedAct = powerSwitch
                            .act(step.action(), false, link)
                            .onFailure(e -> answer(step, link, Outcomes.sentence(e)));
                });
    }

    private static void answer(PowerStep step, ControlLink link, @Nullable String error) {
        boolean unused = link.send(new PowerAccepted(step.recordId(), step.attempt(), step.step(), error));
    }
}
