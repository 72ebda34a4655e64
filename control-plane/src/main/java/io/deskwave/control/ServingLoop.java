package io.deskwave.control;

import static java.util.Objects.requireNonNull;

import io.deskwave.control.agent.EnrollmentTokens;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.Pulse;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.FrontDoor;
import io.deskwave.control.iam.Tokens;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop with all that serves: connections to the database, the features, and at last a door on the port that all loops
 * of the process share, which deals connections to them in turn. Loops share what {@link Shared} has and nothing else: to each
 * other they are nodes, whose sessions and claims are their own, and who hear of each other through the database.
 */
final class ServingLoop extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ServingLoop.class);
    private static final int MOST_CONNECTIONS = 16;
    private static final int FEWEST_CONNECTIONS = 4;
    private static final int CONNECTIONS_OF_ALL = 32;
    private static final int DRAIN_SECONDS = 7;
    private static final int LAST_ANSWERS_SECONDS = 10;
    private static final int READY_ELSEWHERE_SECONDS = 2;

    private final Shared shared;
    private final Config config;
    private final UUID nodeId;
    private final boolean keepsHouse;
    private final int port;
    private @Nullable Database database;
    private @Nullable HttpServer door;
    private @Nullable Features features;
    private boolean ending;
    private @Nullable Future<?> stopped;

    /**
     * @param keepsHouse whether it does what one loop of the process does for all of them
     * @param port as {@link HttpServer#listen(int)} has it: negative for any free one that loops with the same number share
     */
    ServingLoop(Shared shared, UUID nodeId, boolean keepsHouse, int port) {
        this.shared = shared;
        this.config = shared.config();
        this.nodeId = nodeId;
        this.keepsHouse = keepsHouse;
        this.port = port;
    }

    @Override
    public Future<?> start() {
        Database opened = Database.open(vertx, shared.connect(), connections(config.eventLoops()));
        database = opened;
        return Pulse.start(vertx, opened)
                .compose(pulse -> open(opened, pulse))
                .compose(this::listen)
                .compose(listening -> startFeatures())
                .recover(cause -> stop().transform(closed -> Future.failedFuture(cause)));
    }

    /** The features behind the door that is answered. */
    private Future<FrontDoor> open(Database opened, Pulse pulse) {
        shared.keep(pulse);
        var tokens = new Tokens(vertx, opened, shared.masterKey(), shared.keys(), shared.memory(), pulse.clock());
        return FrontDoor.open(vertx, tokens, ServingLoop::translate, shared.allowance(), () -> ready(opened))
                .map(front -> {
                    var enrollmentTokens =
                            new EnrollmentTokens(opened, pulse.clock(), this::publicUrl, shared.fingerprint());
                    features = new Features(
                            vertx,
                            shared,
                            nodeId,
                            keepsHouse,
                            opened,
                            pulse.clock(),
                            front,
                            tokens,
                            enrollmentTokens,
                            this::publicUrl);
                    return front;
                });
    }

    private Future<Void> startFeatures() {
        return requireNonNull(features).start();
    }

    /** To PostgreSQL, which lets in a hundred unless it is told otherwise; one more of each loop listens. */
    static int connections(int loops) {
        return Math.max(FEWEST_CONNECTIONS, Math.min(MOST_CONNECTIONS, CONNECTIONS_OF_ALL / loops));
    }

    /** Where it serves, with the real port: {@code http://127.0.0.1:8080}. */
    String url() {
        if (door == null) {
            throw new IllegalStateException("not started");
        }
        String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        return (config.tls().isPresent() ? "https" : "http") + "://" + host + ":" + door.actualPort();
    }

    /** How agents and people reach it. */
    String publicUrl() {
        return config.publicEndpoint().orElseGet(this::url);
    }

    static Optional<ApiException> translate(Throwable failure) {
        if (Database.isDeadlock(failure)) {
            return Optional.of(
                    new ApiException.Unavailable("somebody else changed the same at this moment: try again", 1));
        }
        if (Database.isDiskFull(failure)) {
            return Optional.of(new ApiException.Unavailable(
                    "the disk of the database is full, and nothing new is stored until it has room again", 10));
        }
        return Database.isUnavailable(failure)
                ? Optional.of(new ApiException.Unavailable("the database is away for the moment: try again", 2))
                : Optional.empty();
    }

    /** Says what is wrong where this process knows: with a PostgreSQL of its own. */
    private Future<Void> ready(Database database) {
        if (ending) {
            return Future.failedFuture(
                    new ApiException.Unavailable("not ready: this node is about to end", READY_ELSEWHERE_SECONDS));
        }
        Optional<String> trouble = shared.trouble();
        return trouble.isPresent()
                ? Future.failedFuture(new ApiException.Unavailable("not ready: " + trouble.get(), 2))
                : database.ping();
    }

    private Future<HttpServer> listen(FrontDoor front) {
        HttpServerOptions options =
                FrontDoor.serverOptions().setHost(config.host()).setPort(port);
        config.tls().ifPresent(files -> useTls(options, files));
        return front.attach(vertx.createHttpServer(options))
                .listen()
                .onSuccess(server -> door = server)
                .recover(cause -> Future.failedFuture(new StartFault(cannotListen(cause))));
    }

    private static void useTls(HttpServerOptions options, Config.TlsFiles files) {
        options.setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(files.certificate().toString())
                        .setKeyPath(files.privateKey().toString()));
    }

    private String cannotListen(Throwable cause) {
        String address = config.host() + ":" + config.port();
        if (String.valueOf(cause.getMessage()).contains("in use")) {
            return address + " is taken: stop the program that listens there, or choose another port with --port";
        }
        if (cause instanceof IOException) {
            return "cannot listen on " + address + " (" + cause.getMessage() + "): choose another --host or --port";
        }
        return "cannot listen on " + address + ": " + cause.getMessage()
                + (config.tls().isPresent() ? ". Check --tls-certificate and --tls-private-key" : "");
    }

    /** Before the door closes: take no new work, tell the agents when to come back, commit what they brought. */
    @Override
    public Future<?> stop() {
        // Asked twice where the process is told to end while its loops start.
        Future<?> already = stopped;
        Future<?> end = already == null ? end() : already;
        stopped = end;
        return end;
    }

    private Future<Void> end() {
        return quietly("turn away", this::turnAway)
                .compose(done -> quietly("drain", () -> drain().timeout(DRAIN_SECONDS, TimeUnit.SECONDS)))
                .compose(done -> quietly(
                        "http", () -> door == null ? none() : door.shutdown(LAST_ANSWERS_SECONDS, TimeUnit.SECONDS)))
                .compose(done -> quietly("database", () -> database == null ? none() : database.close()));
    }

    /** Who asks whether this node is ready hears no from now on; for as long as that takes to be heard, the rest goes on. */
    private Future<Void> turnAway() {
        ending = true;
        if (features == null || door == null) {
            return none();
        }
        if (keepsHouse) {
            LOG.info("this node ends: its agents and viewers are sent away in {} s", config.drainSeconds());
        }
        features.turnAway();
        return config.drainSeconds() == 0 || !shared.isServing()
                ? none()
                : vertx.timer(config.drainSeconds(), TimeUnit.SECONDS).mapEmpty();
    }

    private Future<Void> drain() {
        return features == null ? none() : features.drain();
    }

    private static Future<Void> none() {
        return Future.succeededFuture();
    }

    /** One step that fails must not keep the next from closing. */
    static Future<Void> quietly(String step, Supplier<Future<Void>> close) {
        return Future.succeededFuture().compose(now -> close.get()).recover(cause -> {
            LOG.warn("stopping: {}: {}", step, cause.toString());
            return none();
        });
    }
}
