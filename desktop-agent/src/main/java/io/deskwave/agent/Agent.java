package io.deskwave.agent;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent: takes its home folder, adopts what runs ({@link ScriptRunner}), and keeps in touch with the control plane
 * ({@link Uplink}) until it is stopped or refused for good. Everything
 * happens on one event loop; the public methods may be called from any thread, each once.
 */
public final class Agent {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final long PROBE_MILLIS = 60_000;

    private final Vertx vertx;
    private final Config config;
    private final Consumer<UUID> onConnected;
    private final Context context;
    private final Promise<Void> ended = Promise.promise();
    private @Nullable Parts parts;
    private boolean stopped;

    /** What exists once the home folder is open. */
    private record Parts(
            Home home, HostWatch host, ScriptRunner runner, PowerOrders orders, WakeOrders wakes, Uplink uplink) {}

    public Agent(Vertx vertx, Config config) {
        this(vertx, config, ignored -> {});
    }

    /** @param onConnected hears the desktop id each time a session is welcomed */
    public Agent(Vertx vertx, Config config, Consumer<UUID> onConnected) {
        this.vertx = vertx;
        this.config = config;
        this.onConnected = onConnected;
        this.context = vertx.getOrCreateContext();
    }

    /** Completes when the agent works, connected or not; fails with {@link UsageException} where it cannot. */
    public Future<Void> start() {
        Promise<Void> started = Promise.promise();
        context.runOnContext(ignored -> open().onComplete(started));
        return started.future();
    }

    /** Completes when the agent was stopped; fails with {@link RefusedException} when it was refused for good. */
    public Future<Void> ended() {
        return ended.future();
    }

    /** Ends the session; scripts go on running and are adopted by the next agent in this home. */
    public Future<Void> stop() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(ignored -> close().onComplete(done));
        return done.future().onComplete(result -> {
            boolean unused = ended.tryComplete();
        });
    }

    private Future<Void> open() {
        return vertx.executeBlocking(() -> Home.open(config.home())).compose(home -> {
            var power = new Power(home, config.power());
            return vertx.executeBlocking(() -> HostWatch.open(power)).compose(host -> open(home, power, host));
        });
    }

    private Future<Void> open(Home home, Power power, HostWatch host) {
        var uplink = new Uplink(vertx, config, new Identities(home), host, onConnected);
        String bootId = host.probe().realBoot().id();
        var runner = new ScriptRunner(vertx, new Journal(home.runs()), uplink, bootId);
        var powerSwitch = new PowerSwitch(vertx, power, config, host);
        var steps = new PowerSteps(vertx, power, powerSwitch, host);
        var time = new ServerTime();
        var memory = new PowerMemory(home.file("power-orders.json"));
        var orders = new PowerOrders(vertx, memory, new Notices(home, config.power()), powerSwitch, host, time);
        var wakes = new WakeOrders(vertx, time);
        var snapshots = new Snapshots(
                vertx, new SnapshotMemory(home.file("snapshots.json")), SnapshotMaker.of(home, config.power()), time);
        parts = new Parts(home, host, runner, orders, wakes, uplink);
        return runner.load()
                .compose(loaded -> uplink.join(
                        new Uplink.Parts(runner, steps, orders, wakes, snapshots, time, this::refusedForGood)))
                .onSuccess(joined -> {
                    var unused = vertx.setPeriodic(1000, PROBE_MILLIS, timer -> probe());
                });
    }

    /** What runs keeps its guard to the end: nobody else would end it when its time is up. */
    private void refusedForGood(RefusedException refused) {
        LOG.error("refused for good, ending once no script runs: {}", refused.getMessage());
        endWhenIdle(refused);
    }

    private void endWhenIdle(RefusedException refused) {
        if (parts == null || stopped) {
            return;
        }
        ScriptRunner runner = parts.runner();
        runner.interruptWaiting("this agent was refused for good before the script started");
        if (runner.isIdle()) {
            boolean unused = ended.tryFail(refused);
        } else {
            var unused = vertx.setTimer(1000, ignored -> endWhenIdle(refused));
        }
    }

    private void probe() {
        Parts open = parts;
        if (open != null && !stopped) {
            open.runner().sweep();
            var unused = vertx.executeBlocking(open.host()::refresh, false)
                    .onSuccess(ignored -> open.uplink().tellHost())
                    .onFailure(e -> LOG.warn("the host could not be looked at", e));
        }
    }

    private Future<Void> close() {
        stopped = true;
        Parts open = parts;
        if (open != null) {
            open.orders().close();
            open.wakes().close();
        }
        Future<Void> drained =
                open == null ? Future.succeededFuture() : open.runner().close();
        Future<Void> closed =
                open == null ? Future.succeededFuture() : open.uplink().stop();
        return Future.join(drained, closed)
                .compose(ignored -> vertx.executeBlocking(() -> {
                    if (open != null) {
                        open.home().close();
                    }
                    return null;
                }));
    }
}
