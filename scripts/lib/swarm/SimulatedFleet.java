package io.deskwave.agent;

import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.HostInfo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
        this.client = vertx.createWebSocketClient(sockets);
    }

    /** Succeeds when every agent was welcomed; fails with one sentence when one was refused for good. */
    public Future<Void> start() {
        if (options.figures() != null) {
            vertx.setPeriodic(FIGURES_MILLIS, id -> writeFigures(options.figures()));
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
        String name = options.name() + "-" + String.format("%05d", number);
        HostInfo host = SimulatedHosts.make(number, name);
        enrollment
                .enroll(name, host)
                .onSuccess(identity -> {
                    if (enrolled.incrementAndGet() == options.agents()) {
                        figures.enrolledSeconds = secondsSinceBegin();
                    }
                    connect(identity, host, number);
                    enrollNext();
                })
                .onFailure(cause -> ready.tryFail("an enrollment failed: " + Outcomes.sentence(cause)));
    }

    private void connect(Identity identity, HostInfo host, int number) {
        var script = new SimulatedAgent.Script(
                options.seed(), options.delayMillis(), options.outputBytes(), options.failureRate());
        new SimulatedAgent(
                        vertx,
                        client,
                        identity,
                        host,
                        number,
                        script,
                        figures,
                        verified,
                        agent -> firstWelcome(),
                        refusal -> ready.tryFail("an agent was refused for good: " + refusal.reason() + ", "
                                + refusal.message()))
                .connect();
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

    /** One line of JSON. */
    public String figures() {
        return figures.json(true).encode();
    }

    private void writeFigures(Path file) {
        vertx.executeBlocking(() -> {
                    replace(file, figures.json(false).encode());
                    return null;
                })
                .onFailure(cause -> System.err.println("swarm: " + file + " cannot be written: " + cause));
    }

    private static void replace(Path file, String text) throws IOException {
        Path fresh = Path.of(file + ".new");
        Files.writeString(fresh, text + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Closes every session. */
    public Future<Void> stop() {
        return client.close();
    }
}
