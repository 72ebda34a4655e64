package io.deskwave.control.provider;

import io.deskwave.control.db.Lane;
import io.deskwave.control.desktop.PowerOp;
import io.deskwave.control.desktop.ProviderCall;
import io.deskwave.control.desktop.ProviderCall.Answer;
import io.deskwave.control.desktop.ProviderOrders;
import io.deskwave.control.desktop.Rebuilds;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings orders to this node's provider, so many at once at most, and ends what rebuilt desktops prove; on a node without one
 * it ends or passes on what waits for a provider that nobody has. Used on one event loop.
 */
public final class Providing {
    private static final Logger LOG = LoggerFactory.getLogger(Providing.class);
    private static final long STORE_AGAIN_SECONDS = 2;
    private static final long DRAIN_SECONDS = 3;

    private static final Answer TOO_LATE = new Answer(
            ProviderCall.Result.FAILED, "the node that took the order ended before it could ask: ask for it again");

    private final Vertx vertx;
    private final ProviderOrders orders;
    private final Rebuilds rebuilds;
    private final Supplier<Future<Void>> preStarts;
    private final Optional<Provider> provider;
    private final UUID nodeId;
    private final Lane lane = new Lane("look for what the provider is to do", this::look);
    private final Map<UUID, PowerOp> running = new HashMap<>();
    private Promise<Void> idle = Promise.promise();
    private boolean startsFail;

    /** @param preStarts asks for the starts that executions wait for, where there is somebody to ask */
    public Providing(
            Vertx vertx,
            ProviderOrders orders,
            Rebuilds rebuilds,
            Supplier<Future<Void>> preStarts,
            Optional<Provider> provider,
            UUID nodeId) {
        this.vertx = vertx;
        this.orders = orders;
        this.rebuilds = rebuilds;
        this.preStarts = preStarts;
        this.provider = provider;
        this.nodeId = nodeId;
    }

    /** Looks every so often, since a ring may be lost. */
    public void start(long pollMillis) {
        lane.start(vertx, pollMillis);
        wake();
    }

    public void wake() {
        lane.wake();
    }

    private Future<Boolean> look() {
        return rebuilds.settle()
                .compose(settled -> provider.isPresent() ? call(provider.get()) : orders.passUnprovided())
                .map(false);
    }

    private Future<Void> call(Provider asked) {
        int free = Provider.AT_ONCE - running.size();
        long slow = running.values().stream().filter(op -> op != PowerOp.START).count();
        int others = Math.min(free, Provider.SLOW_AT_ONCE - (int) slow);
        return orders.sayThereIsOne(nodeId)
                .compose(said -> askForStarts())
                .compose(said -> free <= 0
                        ? Future.succeededFuture(List.<ProviderCall>of())
                        : orders.claim(nodeId, free, others))
                .map(calls -> {
                    calls.forEach(call -> {
                        if (lane.isDrained()) {
                            store(call, TOO_LATE);
                        } else {
                            call(asked, call);
                        }
                    });
                    return null;
                });
    }

    /** What keeps executions from asking keeps nobody else waiting; it is said once, until it is over. */
    private Future<Void> askForStarts() {
        return Future.<Void>succeededFuture()
                .compose(now -> preStarts.get())
                .onSuccess(asked -> startsFail = false)
                .recover(failure -> {
                    if (!startsFail) {
                        LOG.warn("the starts that executions wait for cannot be asked for now", failure);
                    }
                    startsFail = true;
                    return Future.succeededFuture();
                });
    }

    private void call(Provider asked, ProviderCall call) {
        running.put(call.actionId(), call.op());
        asked.ask(call).onSuccess(answer -> store(call, answer)).onFailure(failure -> {
            LOG.warn("the provider's answer to {} is not known: {}", call.actionId(), failure.toString());
            ended(call);
        });
    }

    /** Until it is stored: the deadline bounds it, when nobody waits for it any more. */
    private void store(ProviderCall call, Answer answer) {
        orders.answered(nodeId, call.actionId(), answer)
                .onSuccess(stored -> ended(call))
                .onFailure(failure -> {
                    LOG.warn("the answer to {} cannot be stored now: {}", call.actionId(), failure.toString());
                    vertx.timer(STORE_AGAIN_SECONDS, TimeUnit.SECONDS).onComplete(later -> {
                        if (!lane.isDrained()) {
                            store(call, answer);
                        }
                    });
                });
    }

    private void ended(ProviderCall call) {
        running.remove(call.actionId());
        if (running.isEmpty()) {
            idle.tryComplete();
        }
        wake();
    }

    /**
     * Takes no more orders. What the provider is at is not torn apart: it gets a moment to answer, and then goes on without this
     * node, which is said in the log.
     */
    public Future<Void> drain() {
        lane.drain();
        idle = Promise.promise();
        if (running.isEmpty()) {
            return Future.succeededFuture();
        }
        return idle.future()
                .timeout(DRAIN_SECONDS, TimeUnit.SECONDS)
                .onFailure(late -> LOG.warn(
                        "this node ends while the provider works, and will not hear its answers to {}",
                        running.keySet()))
                .otherwiseEmpty();
    }
}
