package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.iam.BootstrapFile.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;

/**
 * The first start of an installation: one domain, one project, one administrator, one access key, and the
 * installation's keys, in one transaction. Of several nodes that start at once one does it. Later starts do nothing.
 */
public final class Bootstrap {
    private static final String DOMAIN = "deskwave";
    private static final String USER = "admin";

    private final Vertx vertx;
    private final Database database;
    private final MasterKey masterKey;
    private final BootstrapFile file;
    private final IamStore store = new IamStore();
    private final RandomTexts random = new RandomTexts();

    public Bootstrap(Vertx vertx, Database database, MasterKey masterKey, BootstrapFile file) {
        this.vertx = vertx;
        this.database = database;
        this.masterKey = masterKey;
        this.file = file;
    }

    /** The credentials that still have to be written with {@link BootstrapFile#complete}; empty on later starts. */
    public Future<Optional<Credentials>> run(String projectName) {
        return store.isInstalled(database.client())
                .compose(installed -> installed ? unfinished() : install(projectName));
    }

    /** An earlier start died between its commit and its file, if what is pending is of this installation. */
    private Future<Optional<Credentials>> unfinished() {
        return vertx.executeBlocking(file::readPending)
                .compose(pending -> pending.isEmpty()
                        ? Future.succeededFuture(pending)
                        : store.findAccessKey(database.client(), pending.get().accessKey())
                                .compose(key -> key.isPresent() ? Future.succeededFuture(pending) : discard()));
    }

    private Future<Optional<Credentials>> install(String projectName) {
        Credentials credentials = new Credentials(
                DOMAIN, USER, random.password(), random.id(), projectName, random.accessKey(), random.secretKey());
        return new Passwords(vertx)
                .hash(credentials.password())
                .map(hash -> installation(credentials, hash))
                .compose(made -> vertx.executeBlocking(() -> {
                    file.savePending(credentials);
                    return made;
                }))
                .compose(made -> database.inTransaction(client -> store.lock(client)
                        .compose(locked -> store.isInstalled(client))
                        .compose(installed -> installed
                                ? Future.succeededFuture(false)
                                : store.insert(client, made).map(true))))
                .compose(won -> won ? Future.succeededFuture(Optional.of(credentials)) : discard());
    }

    private Future<Optional<Credentials>> discard() {
        return vertx.executeBlocking(() -> {
            file.discardPending();
            return Optional.empty();
        });
    }

    private IamStore.Installation installation(Credentials made, String passwordHash) {
        return new IamStore.Installation(
                random.id(),
                made.domainName(),
                made.projectId(),
                made.projectName(),
                random.id(),
                made.userName(),
                passwordHash,
                made.accessKey(),
                AccessKeys.wrap(masterKey, made.accessKey(), made.secretKey()),
                InstallationKeys.generate().wrap(masterKey));
    }
}
