package io.deskwave.control;

import static java.util.Objects.requireNonNull;

import io.deskwave.control.agent.EnrollmentToken;
import io.deskwave.control.agent.EnrollmentTokens;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.DatabaseUrl;
import io.deskwave.control.db.EmbeddedPostgres;
import io.deskwave.control.db.Migrations;
import io.deskwave.control.db.Pulse;
import io.deskwave.control.db.ReadingLoop;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.FrontDoor;
import io.deskwave.control.iam.Bootstrap;
import io.deskwave.control.iam.BootstrapFile;
import io.deskwave.control.iam.BootstrapFile.Credentials;
import io.deskwave.control.iam.InstallationKeys;
import io.deskwave.control.iam.MasterKey;
import io.deskwave.control.iam.Tokens;
import io.deskwave.control.provider.Provider;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: data folder, database, schema, features, and at last the door. What was opened last is closed first, also
 * when the start fails in the middle.
 */
public final class ControlPlane extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);
    private static final int DATABASE_CONNECTIONS = 16;
    private static final int DRAIN_SECONDS = 7;
    private static final int LAST_ANSWERS_SECONDS = 10;
    private static final int READY_ELSEWHERE_SECONDS = 2;

    private final Config config;
    private @Nullable DataFolder folder;
    private @Nullable EmbeddedPostgres postgres;
    private @Nullable Database database;
    private @Nullable ReadingLoop reading;
    private @Nullable HttpServer door;
    private @Nullable Features features;
    private @Nullable EnrollmentTokens enrollmentTokens;
    private Optional<Credentials> firstCredentials = Optional.empty();
    private boolean ending;

    public ControlPlane(Config config) {
        this.config = config;
    }

    @Override
    public Future<?> start() {
        LOG.info("starting with {}", config);
        return vertx.executeBlocking(this::openFolder)
                .compose(masterKey -> openDatabase()
                        .compose(connect -> Migrations.run(vertx, connect).map(connect))
                        .compose(connect ->
                                new AfterRestore(vertx, connect, config).run().map(connect))
                        .compose(connect -> ReadingLoop.open(vertx, connect).compose(readers -> {
                            Database opened = Database.open(vertx, connect, DATABASE_CONNECTIONS);
                            database = opened;
                            reading = readers;
                            return features(opened, readers, masterKey);
                        })))
                .compose(this::listen)
                .compose(listening -> completeBootstrap())
                .recover(cause -> stop().transform(closed -> Future.failedFuture(cause)));
    }

    /** Where it serves, with the real port: {@code http://127.0.0.1:8080}. */
    public String url() {
        if (door == null) {
            throw new IllegalStateException("not started");
        }
        String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        return (config.tls().isPresent() ? "https" : "http") + "://" + host + ":" + door.actualPort();
    }

    /** Wires the rooms together; answers the door that takes the requests. */
    private Future<FrontDoor> features(Database database, ReadingLoop reading, MasterKey masterKey) {
        var bootstrap = new Bootstrap(vertx, database, masterKey, new BootstrapFile(config.dataDir()));
        return bootstrap
                .run(config.projectName())
                .compose(made -> {
                    firstCredentials = made;
                    return InstallationKeys.load(database, masterKey);
                })
                .compose(keys -> Pulse.start(vertx, database).compose(pulse -> {
                    InstantSource clock = pulse.clock();
                    var tokens = new Tokens(vertx, database, masterKey, keys, clock);
                    return FrontDoor.open(vertx, tokens, ControlPlane::translate, () -> ready(database))
                            .map(opened -> {
                                enrollmentTokens =
                                        new EnrollmentTokens(database, clock, this::publicUrl, fingerprint());
                                features = new Features(
                                        vertx,
                                        database,
                                        reading,
                                        pulse,
                                        opened,
                                        tokens,
                                        keys,
                                        enrollmentTokens,
                                        config.retention(),
                                        config.limits(),
                                        config.provider()
                                                .map(program -> new Provider(vertx, program, this::publicUrl, clock)));
                                return opened;
                            });
                }));
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

    /** Says what is wrong where this node knows: with a PostgreSQL of its own. */
    private Future<Void> ready(Database database) {
        if (ending) {
            return Future.failedFuture(
                    new ApiException.Unavailable("not ready: this node is about to end", READY_ELSEWHERE_SECONDS));
        }
        Optional<String> trouble = Optional.ofNullable(postgres).flatMap(EmbeddedPostgres::trouble);
        return trouble.isPresent()
                ? Future.failedFuture(new ApiException.Unavailable("not ready: " + trouble.get(), 2))
                : database.ping();
    }

    private String publicUrl() {
        return config.publicEndpoint().orElseGet(this::url);
    }

    private @Nullable String fingerprint() {
        return config.tls()
                .map(files -> Certificates.fingerprint(files.certificate()))
                .orElse(null);
    }

    /** On the start that made the installation: the file that operators read, now that the port is known. */
    private Future<Void> completeBootstrap() {
        Features started = requireNonNull(features);
        Future<Void> written = Future.succeededFuture();
        if (firstCredentials.isPresent()) {
            Credentials credentials = firstCredentials.get();
            written = requireNonNull(enrollmentTokens)
                    .create(
                            credentials.projectId(),
                            new EnrollmentToken.New(null, "made on the first start", null, null))
                    .compose(token -> vertx.executeBlocking(() -> {
                        new BootstrapFile(config.dataDir()).complete(credentials, publicUrl(), token.text());
                        return true;
                    }))
                    .mapEmpty();
        }
        return written.compose(done -> started.start());
    }

    /** Who asks whether this node is ready hears no from now on; for as long as that takes to be heard, the rest goes on. */
    private Future<Void> turnAway() {
        ending = true;
        if (features == null || door == null) {
            return none();
        }
        LOG.info("this node ends: its agents and viewers are sent away in {} s", config.drainSeconds());
        features.turnAway();
        return config.drainSeconds() == 0
                ? none()
                : vertx.timer(config.drainSeconds(), TimeUnit.SECONDS).mapEmpty();
    }

    /** Before the door closes: take no new work, tell the agents when to come back, commit what they brought. */
    private Future<Void> drain() {
        return features == null ? none() : features.drain();
    }

    private MasterKey openFolder() {
        config.provider().ifPresent(ControlPlane::requireProvider);
        folder = DataFolder.open(config.dataDir());
        return MasterKey.loadOrCreate(config.masterKeyFile());
    }

    private Future<PgConnectOptions> openDatabase() {
        return vertx.executeBlocking(() -> {
            if (config.databaseUrl().isPresent()) {
                return DatabaseUrl.parse(config.databaseUrl().get());
            }
            EmbeddedPostgres started = EmbeddedPostgres.start(config.dataDir().resolve("postgres"));
            postgres = started;
            return started.connectOptions();
        });
    }

    private Future<HttpServer> listen(FrontDoor front) {
        HttpServerOptions options =
                FrontDoor.serverOptions().setHost(config.host()).setPort(config.port());
        config.tls().ifPresent(files -> useTls(options, files));
        return front.attach(vertx.createHttpServer(options))
                .listen()
                .onSuccess(server -> door = server)
                .recover(cause -> Future.failedFuture(new StartFault(cannotListen(cause))));
    }

    private static void useTls(HttpServerOptions options, Config.TlsFiles files) {
        requireReadable("--tls-certificate", files.certificate());
        requireReadable("--tls-private-key", files.privateKey());
        options.setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(files.certificate().toString())
                        .setKeyPath(files.privateKey().toString()));
    }

    private static void requireProvider(Path program) {
        Provider.fault(program).ifPresent(fault -> {
            throw new StartFault("the file " + program + " of --provider " + fault);
        });
    }

    private static void requireReadable(String option, Path file) {
        if (!Files.isReadable(file)) {
            throw new StartFault("the file " + file + " of " + option + " cannot be read: check its name and its mode");
        }
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

    @Override
    public Future<?> stop() {
        return quietly("turn away", this::turnAway)
                .compose(done -> quietly("drain", () -> drain().timeout(DRAIN_SECONDS, TimeUnit.SECONDS)))
                .compose(done -> quietly(
                        "http", () -> door == null ? none() : door.shutdown(LAST_ANSWERS_SECONDS, TimeUnit.SECONDS)))
                .compose(done -> quietly("reading", () -> reading == null ? none() : reading.close()))
                .compose(done -> quietly("database", () -> database == null ? none() : database.close()))
                .compose(done -> quietly("postgres", () -> vertx.executeBlocking(this::stopPostgres)))
                .compose(done -> quietly("folder", () -> vertx.executeBlocking(this::closeFolder)));
    }

    private @Nullable Void stopPostgres() {
        if (postgres != null) {
            postgres.stop();
        }
        return null;
    }

    private @Nullable Void closeFolder() {
        if (folder != null) {
            folder.close();
        }
        return null;
    }

    private static Future<Void> none() {
        return Future.succeededFuture();
    }

    /** One step that fails must not keep the next from closing. */
    private static Future<Void> quietly(String step, Supplier<Future<Void>> close) {
        return close.get().recover(cause -> {
            LOG.warn("stopping: {}: {}", step, cause.toString());
            return none();
        });
    }
}
