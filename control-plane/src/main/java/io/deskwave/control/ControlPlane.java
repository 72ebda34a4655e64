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
import io.deskwave.control.iam.Bootstrap;
import io.deskwave.control.iam.BootstrapFile;
import io.deskwave.control.iam.BootstrapFile.Credentials;
import io.deskwave.control.iam.InstallationKeys;
import io.deskwave.control.iam.MasterKey;
import io.deskwave.control.provider.Provider;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.pgclient.PgConnectOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process: data folder, database, schema, keys, and at last the loops that serve. What was opened last is closed first, also
 * when the start fails in the middle.
 */
public final class ControlPlane extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);
    /** For the start, and to ask for the time. */
    private static final int DATABASE_CONNECTIONS = 2;

    private final Config config;
    private final List<ServingLoop> loops = new ArrayList<>();
    private @Nullable String fingerprint;
    private @Nullable DataFolder folder;
    private @Nullable EmbeddedPostgres postgres;
    private @Nullable Database database;
    private @Nullable ReadingLoop reading;
    private @Nullable String deployed;
    private @Nullable Shared shared;

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
                        .compose(connect -> serve(connect, masterKey)))
                .onSuccess(done -> requireNonNull(shared).serves())
                .recover(cause -> stop().transform(closed -> Future.failedFuture(cause)));
    }

    /** Where it serves, with the real port: {@code http://127.0.0.1:8080}. */
    public String url() {
        if (loops.isEmpty()) {
            throw new IllegalStateException("not started");
        }
        return loops.get(0).url();
    }

    private Future<Void> serve(PgConnectOptions connect, MasterKey masterKey) {
        Database opened = Database.open(vertx, connect, DATABASE_CONNECTIONS);
        database = opened;
        var bootstrap = new Bootstrap(vertx, opened, masterKey, new BootstrapFile(config.dataDir()));
        return bootstrap.run(config.projectName()).compose(made -> InstallationKeys.load(opened, masterKey)
                .compose(keys -> Pulse.start(vertx, opened).compose(pulse -> ReadingLoop.open(vertx, connect)
                        .compose(readers -> {
                            reading = readers;
                            return deploy(new Shared(
                                    vertx,
                                    config,
                                    connect,
                                    masterKey,
                                    keys,
                                    pulse.clock(),
                                    readers,
                                    fingerprint,
                                    this::trouble));
                        })
                        .compose(serving -> completeBootstrap(made, opened, pulse)))));
    }

    private Future<Void> deploy(Shared shared) {
        this.shared = shared;
        // Any free port is one that is free for all of them: those who name the same negative number share one.
        int port = config.port() == 0 ? -ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE) : config.port();
        Iterator<UUID> ids = shared.nodeIds().iterator();
        return vertx.deployVerticle(
                        () -> {
                            var loop = new ServingLoop(shared, ids.next(), loops.isEmpty(), port);
                            loops.add(loop);
                            return loop;
                        },
                        new DeploymentOptions().setInstances(config.eventLoops()))
                .onSuccess(id -> deployed = id)
                .mapEmpty();
    }

    private Optional<String> trouble() {
        return Optional.ofNullable(postgres).flatMap(EmbeddedPostgres::trouble);
    }

    /** On the start that made the installation: the file that operators read, now that the port is known. */
    private Future<Void> completeBootstrap(Optional<Credentials> made, Database database, Pulse pulse) {
        if (made.isEmpty()) {
            return Future.succeededFuture();
        }
        Credentials credentials = made.get();
        String url = loops.get(0).publicUrl();
        return new EnrollmentTokens(database, pulse.clock(), () -> url, fingerprint)
                .create(credentials.projectId(), new EnrollmentToken.New(null, "made on the first start", null, null))
                .compose(token -> vertx.executeBlocking(() -> {
                    new BootstrapFile(config.dataDir()).complete(credentials, url, token.text());
                    return true;
                }))
                .mapEmpty();
    }

    private MasterKey openFolder() {
        config.provider().ifPresent(ControlPlane::requireProvider);
        fingerprint = Certificates.fingerprint(config);
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

    private static void requireProvider(Path program) {
        Provider.fault(program).ifPresent(fault -> {
            throw new StartFault("the file " + program + " of --provider " + fault);
        });
    }

    @Override
    public Future<?> stop() {
        return ServingLoop.quietly("loops", this::undeploy)
                .compose(done -> ServingLoop.quietly("reading", () -> reading == null ? none() : reading.close()))
                .compose(done -> ServingLoop.quietly("database", () -> database == null ? none() : database.close()))
                .compose(done -> ServingLoop.quietly("postgres", () -> vertx.executeBlocking(this::stopPostgres)))
                .compose(done -> ServingLoop.quietly("folder", () -> vertx.executeBlocking(this::closeFolder)));
    }

    /** After a start that failed: else Vert.x has ended them before this. */
    private Future<Void> undeploy() {
        return deployed != null && vertx.deploymentIDs().contains(deployed) ? vertx.undeploy(deployed) : none();
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
}
