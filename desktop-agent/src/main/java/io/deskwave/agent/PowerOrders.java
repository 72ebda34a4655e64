package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage.PowerTaken;
import io.deskwave.protocol.ServerMessage.Notice;
import io.deskwave.protocol.ServerMessage.PowerOrder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes power orders: check the signature, write it down, answer, tell the users and give them their time, act. An order that was taken before, or in another boot,
 * is answered and not acted on again; one that has expired, by the control plane's time, is refused. Event loop.
 */
final class PowerOrders {
    private static final Logger LOG = LoggerFactory.getLogger(PowerOrders.class);

    private static final long LOOKS_EVERY_MILLIS = 5_000;

    private final Vertx vertx;
    private final PowerMemory memory;
    private final PowerSwitch powerSwitch;
    private final HostWatch host;
    private final Notices notices;
    private final ServerTime time;
    private boolean closed;

    PowerOrders(
            Vertx vertx,
            PowerMemory memory,
            Notices notices,
            PowerSwitch powerSwitch,
            HostWatch host,
            ServerTime time) {
        this.vertx = vertx;
        this.memory = memory;
        this.notices = notices;
        this.powerSwitch = powerSwitch;
        this.host = host;
        this.time = time;
    }

    /** What waits is taken up by the next agent, when it is told again. */
    void close() {
        closed = true;
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
            Notice notice = order.notice();
            Instant until = notice == null || order.force() ? null : now.plusSeconds(notice.seconds());
            var unused = vertx.executeBlocking(() -> memory.take(order.orderId(), order.issuedAt(), now, until))
                    .onFailure(e -> answer(order, link, "it could not be written down: " + Outcomes.sentence(e)))
                    .onSuccess(answer -> take(order, answer, link));
        }
    }

    private void take(PowerOrder order, PowerMemory.Answer remembered, ControlLink link) {
        switch (remembered.kind()) {
            case NEW -> begin(order, remembered.until(), link);
            case WAITING -> answerWaiting(order, remembered.until(), link);
            case WAITING_ALONE -> {
                LOG.info("order {} waits since before this agent was started", order.orderId());
                begin(order, remembered.until(), link);
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

    private void begin(PowerOrder order, @Nullable Instant until, ControlLink link) {
        Notice notice = order.notice();
        if (notice == null) {
            answer(order, link, null);
            act(order, link);
            return;
        }
        Future<Boolean> shown = vertx.executeBlocking(() -> notices.show(order.orderId(), notice), false);
        if (until == null) {
            LOG.info("order {} is by force: nobody is waited for", order.orderId());
            answer(order, link, null);
            act(order, link);
            return;
        }
        answerWaiting(order, until, link);
        var unused = shown.otherwise(e -> {
                    LOG.warn("the users could not be told, and are given their time: {}", Outcomes.sentence(e));
                    return true;
                })
                .onSuccess(anybody -> wait(order, anybody ? until : Instant.MIN, link));
    }

    private void wait(PowerOrder order, Instant until, ControlLink link) {
        long millis = until.equals(Instant.MIN) ? 0 : millisTo(until);
        if (millis <= 0) {
            actAfterNotice(order, link);
        } else {
            // In portions: a machine that slept meanwhile goes by the time, not by what a timer counted.
            var unused = vertx.setTimer(Math.min(millis, LOOKS_EVERY_MILLIS), ignored -> wait(order, until, link));
        }
    }

    private void actAfterNotice(PowerOrder order, ControlLink link) {
        if (closed) {
            return;
        }
        if (!order.bootId().equals(host.currentBoot().id())) {
            LOG.info("{} of order {} was done by somebody else meanwhile", order.action(), order.orderId());
            answer(order, link, null);
        } else if (!time.now().isBefore(order.expiresAt())) {
            answer(order, link, "the order expired at " + order.expiresAt() + ", before the users' time was over");
        } else {
            var unused = vertx.executeBlocking(() -> memory.begins(order.orderId()))
                    .onFailure(e -> answer(order, link, "it could not be written down: " + Outcomes.sentence(e)))
                    .onSuccess(written -> {
                        answer(order, link, null);
                        act(order, link);
                    });
        }
    }

    private long millisTo(Instant until) {
        return Duration.between(time.now(), until).toMillis();
    }

    private void answerWaiting(PowerOrder order, @Nullable Instant until, ControlLink link) {
        long seconds = until == null ? 0 : Math.max(0, (millisTo(until) + 999) / 1000);
        boolean unused = link.send(new PowerTaken(order.orderId(), null, (int) seconds));
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
