package io.deskwave.agent;

import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.HostInfo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Many simulated agents in one process: enrols them, so many at once, and keeps them connected. */
public final class SimulatedFleet {
    private static final long FIGURES_MILLIS = 100;

    private final Vertx vertx;
    private final SwarmOptions options;
    private final Token token;
    private final SwarmFigures figures;
    private final VerifiedOrders verified = new VerifiedOrders();
    private final SwarmEnrollment enrollment;
    private final WebSocketClient client; // in a field: a collected client takes its connections along
    private final WebSocketClient slowClient;
    private final List<SimulatedAgent> agents = Collections.synchronizedList(new ArrayList<>());
    private final Promise<Void> ready = Promise.promise();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger enrolled = new AtomicInteger();
    private final AtomicInteger welcomed = new AtomicInteger();
    private final long beganNanos = System.nanoTime();

    public SimulatedFleet(SwarmOptions options, String tokenText) {
        this.vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(Math.max(2, Runtime.getRuntime().availableProcessors() / 2))
                .setPreferNativeTransport(true));
        this.options = options;
        this.token = Token.decode(tokenText);
        this.figures = new SwarmFigures(options.agents());
        this.enrollment = new SwarmEnrollment(vertx, token, options.enrollAtOnce(), figures);
        var sockets = ControlLink.options(token.fingerprint()).setMaxConnections(options.agents() + 1);
        if (options.source() != null) {
            sockets.setLocalAddress(options.source());
        }
        this.client = vertx.createWebSocketClient(sockets);
        this.slowClient = new SlowSockets(vertx, client);
    }

    /** Succeeds when every agent was welcomed; fails with one sentence when one was refused for good. */
    public Future<Void> start() {
        if (options.figures() != null) {
            vertx.setPeriodic(FIGURES_MILLIS, id -> writeFigures(options.figures()));
        }
        if (options.stormEverySeconds() > 0) {
            vertx.setPeriodic(1000L * options.stormEverySeconds(), id -> storm());
        }
        for (int lane = 0; lane < Math.min(options.enrollAtOnce(), options.agents()); lane++) {
            Context context = vertx.getOrCreateContext();
            context.runOnContext(go -> enrollNext());
        }
        return ready.future();
    }

    /** Each lane enrols one after the other. */
    private void enrollNext() {
        int number = next.incrementAndGet();
        if (number > options.agents() || ready.future().isComplete()) {
            return;
        }
        int known = options.first() + number - 1;
        String name = options.name() + "-" + String.format("%05d", known);
        HostInfo host = SimulatedHosts.make(known, name);
        enrollment
                .enroll(name, host)
                .onSuccess(identity -> {
                    if (enrolled.incrementAndGet() == options.agents()) {
                        figures.enrolledSeconds = secondsSinceBegin();
                    }
                    connect(identity, host, known);
                    enrollNext();
                })
                .onFailure(cause -> ready.tryFail("an enrollment failed: " + Outcomes.sentence(cause)));
    }

    private void connect(Identity identity, HostInfo host, int number) {
        var random = new SplittableRandom(options.seed() * 1_000_003 + number);
        var agent = new SimulatedAgent(
                vertx,
                random.nextDouble() < options.slowReaders() ? slowClient : client,
                identity,
                host,
                random,
                options.script(),
                figures,
                verified,
                welcome -> firstWelcome(),
                refusal -> ready.tryFail(
                        "an agent was refused for good: " + refusal.reason() + ", " + refusal.message()));
        agents.add(agent);
        agent.connect();
    }

    /** All at one instant, like a switch that was turned off and on. */
    private void storm() {
        List.copyOf(agents).forEach(SimulatedAgent::breakOff);
    }

    private void firstWelcome() {
        if (welcomed.incrementAndGet() == options.agents()) {
            figures.readySeconds = secondsSinceBegin();
            ready.tryComplete();
        }
    }

    private double secondsSinceBegin() {
        return Math.round((System.nanoTime() - beganNanos) / 1e7) / 100.0;
    }

    public JsonObject figures() {
        return figures.jsonWithTimes();
    }

    private void writeFigures(Path file) {
        vertx.executeBlocking(() -> {
                    replace(file, figures.json().encode());
                    return null;
                })
                .onFailure(cause -> System.err.println("swarm: " + file + " cannot be written: " + cause));
    }

    /** Whole at every instant. */
    public static void replace(Path file, String text) throws IOException {
        Path fresh = Path.of(file + ".new");
        Files.writeString(fresh, text + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Closes every session. */
    public Future<Void> stop() {
        return client.close();
    }
}
