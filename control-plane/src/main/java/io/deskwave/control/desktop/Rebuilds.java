package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.protocol.HostInfo;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * How rebuilds come to their end: the new image enrols with the token that its provider was given and takes the desktop over,
 * with a new key for the same id, and its first hello after that is the proof. What the old machine has is worth nothing from
 * the enrollment on.
 */
public final class Rebuilds {
    private final Database database;
    private final JobStore jobs;
    private final Replaced replaced;
    private final Listener listener;
    private final InstantSource clock;
    private final RebuildStore store = new RebuildStore();

    /** Hears, in the enrollment's transaction, that a desktop's sessions before this number are of an old machine. */
    @FunctionalInterface
    public interface Replaced {
        Future<Void> replaced(SqlConnection tx, Session usedUp);
    }

    /** Hears, in the transaction that ends their orders, of the desktops that are rebuilt. */
    @FunctionalInterface
    public interface Listener {
        Future<Void> rebuilt(SqlConnection tx, List<Rebuilt> rebuilt, Instant now);
    }

    public record Rebuilt(UUID jobId, String projectId, UUID desktopId) {}

    /**
     * A rebuild whose new image may enrol.
     *
     * @param open whether it still may
     * @param used whether it has enrolled
     */
    public record Rebuild(UUID actionId, UUID desktopId, String projectId, boolean open, boolean used) {}

    public Rebuilds(Database database, JobStore jobs, Replaced replaced, Listener listener, InstantSource clock) {
        this.database = database;
        this.jobs = jobs;
        this.replaced = replaced;
        this.listener = listener;
        this.clock = clock;
    }

    /** Those of the hashes that are of rebuilds' tokens, by these; locked until the transaction ends. */
    public Future<Map<Buffer, Rebuild>> lock(SqlConnection tx, Collection<Buffer> hashes) {
        return hashes.isEmpty() ? Future.succeededFuture(Map.of()) : store.lock(tx, hashes, clock.instant());
    }

    /** The new image takes the locked desktop over. Fails with a unique violation when its key is in use. */
    public Future<Void> enrol(SqlConnection tx, Rebuild rebuild, String publicKey, HostInfo host) {
        return store.replace(tx, rebuild, publicKey, host)
                .compose(epoch -> replaced.replaced(tx, new Session(rebuild.desktopId(), epoch)));
    }

    /** Ends what is proven; on any node, at any time. */
    public Future<Void> settle() {
        Instant now = clock.instant();
        return database.inTransactionAgain(tx -> store.settle(tx, now)
                .compose(rebuilt -> rebuilt.isEmpty()
                        ? Future.succeededFuture()
                        : listener.rebuilt(tx, rebuilt, now).compose(heard -> jobs.close(tx, jobIds(rebuilt), now))));
    }

    private static Collection<UUID> jobIds(List<Rebuilt> rebuilt) {
        return rebuilt.stream().map(Rebuilt::jobId).collect(Collectors.toSet());
    }
}
