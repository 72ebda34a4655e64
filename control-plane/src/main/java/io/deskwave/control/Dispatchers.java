package io.deskwave.control;

import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.desktop.SnapshotOrders;
import io.deskwave.control.dispatch.Dispatcher;
import io.deskwave.control.dispatch.OrderSigner;
import io.deskwave.control.dispatch.Outbound;
import io.deskwave.control.dispatch.PowerDispatcher;
import io.deskwave.control.dispatch.PowerSigner;
import io.deskwave.control.dispatch.SnapshotDispatcher;
import io.deskwave.control.dispatch.WakeDispatcher;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.Ring;
import io.deskwave.control.execution.Wakes;
import io.deskwave.control.iam.InstallationKeys;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** Everybody who tells agents what to do, and signs it. */
final class Dispatchers {
    private static final long POLL_MILLIS = 2_000;

    private final Vertx vertx;
    private final InstallationKeys keys;
    /** Signatures and hashes for thousands of desktops would hold everybody up on the event loop. */
    private final WorkerExecutor signing;

    private final Dispatcher scripts;
    private final PowerDispatcher power;
    private final SnapshotDispatcher snapshots;
    private final WakeDispatcher wakes;

    Dispatchers(
            Vertx vertx,
            InstallationKeys keys,
            Outbound outbound,
            Assignments assignments,
            PowerProofs powerProofs,
            SnapshotOrders snapshotOrders,
            Wakes wakes,
            UUID nodeId,
            InstantSource clock) {
        this.vertx = vertx;
        this.keys = keys;
        this.signing = vertx.createSharedWorkerExecutor(
                "signing", Math.max(1, Runtime.getRuntime().availableProcessors() - 1));
        this.scripts = new Dispatcher(
                vertx,
                assignments,
                outbound,
                orders -> away(() -> OrderSigner.signed(orders, this::sign)),
                step -> away(() -> sign(step)),
                nodeId);
        this.power = new PowerDispatcher(
                powerProofs, outbound, orders -> away(() -> PowerSigner.signed(orders, this::sign)), nodeId);
        this.snapshots = new SnapshotDispatcher(
                snapshotOrders,
                outbound,
                orders -> away(() -> orders.stream()
                        .map(order -> order.signed(sign(order.signedContent())))
                        .toList()),
                nodeId);
        this.wakes = new WakeDispatcher(wakes, outbound, work -> away(() -> sign(work)), nodeId, clock);
    }

    private <T> Future<T> away(Supplier<T> signed) {
        return signing.executeBlocking(signed::get, false);
    }

    private String sign(byte[] work) {
        return Base64.getEncoder().encodeToString(keys.workKey().sign(work));
    }

    /** To be told of executions that changed. */
    Ring ring() {
        return scripts;
    }

    void start() {
        scripts.start(POLL_MILLIS);
        power.start(vertx, POLL_MILLIS);
        snapshots.start(vertx, POLL_MILLIS);
        wakes.start(vertx, POLL_MILLIS);
    }

    /** There may be power orders, wake-ups or snapshots. */
    void wakeActions() {
        power.wake();
        wakes.wake();
        snapshots.wake();
    }

    /** @param taken those of the desktops that are taken by a record */
    void desktopsCameIn(Set<UUID> taken) {
        scripts.deliverTo(taken);
        scripts.wake();
        wakeActions();
    }

    /** Tells nobody anything any more: this node is about to end. */
    void drain() {
        scripts.drain();
        power.drain();
        snapshots.drain();
        wakes.drain();
    }
}
