package io.deskwave.agent;

import io.deskwave.protocol.PowerAction;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does a power action that was written down, or only acts it; a simulated hibernation keeps its boot id. Event loop. */
final class PowerSwitch {
    private static final Logger LOG = LoggerFactory.getLogger(PowerSwitch.class);

    private final Vertx vertx;
    private final Power power;
    private final Config config;
    private final HostWatch host;

    PowerSwitch(Vertx vertx, Power power, Config config, HostWatch host) {
        this.vertx = vertx;
        this.power = power;
        this.config = config;
        this.host = host;
    }

    /** Fails when the machine would not. */
    Future<Void> act(PowerAction action, boolean force, ControlLink link) {
        LOG.info("{}{} now, power {}", action, force ? " by force" : "", config.power());
        if (config.power() == Config.PowerMode.REAL) {
            return vertx.executeBlocking(() -> power.act(action, force));
        } else if (action == PowerAction.HIBERNATE) {
            leave(action, link);
            return Future.succeededFuture();
        } else {
            return vertx.executeBlocking(power::simulate)
                    .onSuccess(boot -> {
                        host.rebooted(boot);
                        leave(action, link);
                    })
                    .mapEmpty();
        }
    }

    private void leave(PowerAction action, ControlLink link) {
        link.leaveFor(Math.max(1, config.simulatedPowerPause().toMillis()), "simulated " + action);
    }
}
