package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage.PowerAccepted;
import io.deskwave.protocol.ServerMessage.PowerStep;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes power steps: journal, answer, act. A step that was ordered in another boot was done already: answer, and do
 * nothing. Event loop.
 */
final class PowerSteps {
    private static final Logger LOG = LoggerFactory.getLogger(PowerSteps.class);

    private final Vertx vertx;
    private final Power power;
    private final Config config;
    private final HostWatch host;

    PowerSteps(Vertx vertx, Power power, Config config, HostWatch host) {
        this.vertx = vertx;
        this.power = power;
        this.config = config;
        this.host = host;
    }

    void take(PowerStep step, ControlLink link) {
        if (!step.bootId().equals(host.currentBoot().id())) {
            LOG.info("{} for {} was done in an earlier boot", step.action(), step.recordId());
            answer(step, link, null);
            return;
        }
        LOG.info("{} for {} ({}, power {})", step.action(), step.recordId(), step.step(), config.power());
        var unused = vertx.executeBlocking(() -> power.keep(step))
                .onFailure(e -> answer(step, link, "the step could not be written down: " + Outcomes.sentence(e)))
                .onSuccess(kept -> {
                    answer(step, link, null);
                    act(step, link);
                });
    }

    private void act(PowerStep step, ControlLink link) {
        var unused =
                switch (config.power()) {
                    case REAL ->
                        vertx.executeBlocking(() -> power.act(step.action()))
                                .onFailure(e -> answer(step, link, Outcomes.sentence(e)));
                    case SIMULATE ->
                        vertx.executeBlocking(power::simulate).onSuccess(boot -> {
                            host.rebooted(boot);
                            link.leaveFor(
                                    Math.max(1, config.simulatedPowerPause().toMillis()), "simulated " + step.action());
                        });
                };
    }

    private static void answer(PowerStep step, ControlLink link, @Nullable String error) {
        boolean unused = link.send(new PowerAccepted(step.recordId(), step.attempt(), step.step(), error));
    }
}
