package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people do with pools. A pool makes no machines: desktops come into it by enrollment or by {@link #add}. */
public final class Pools {
    private static final String UNIQUE_VIOLATION = "23505";
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final Database database;
    private final PoolStore pools;
    private final DesktopStore desktops;
    private final JobStore jobs;
    private final Places places;
    private final InstantSource clock;

    public Pools(
            Database database,
            PoolStore pools,
            DesktopStore desktops,
            JobStore jobs,
            Places places,
            InstantSource clock) {
        this.database = database;
        this.pools = pools;
        this.desktops = desktops;
        this.jobs = jobs;
        this.places = places;
        this.clock = clock;
    }

    /** The pool, and the job that made it with its places; without places it is done when it is answered. */
    record Created(UUID poolId, Places.Reservation reservation) {}

    Future<Created> create(String projectId, DesktopPool.New pool, int size, int expireInMinutes) {
        return database.inTransaction(tx -> pools.insert(tx, projectId, pool).compose(id -> places.inPool(
                                tx,
                                projectId,
                                "createDesktopPool",
                                id,
                                pool.name(),
                                pool.attributes(),
                                size,
                                expireInMinutes)
                        .map(reserved -> new Created(id, reserved))))
                .recover(failure -> nameTaken(failure, pool.name()));
    }

    Future<Page<DesktopPool>> list(String projectId, PoolStore.Filter filter, int limit, int offset) {
        return pools.list(database.client(), projectId, filter, limit, offset);
    }

    public Future<DesktopPool> get(String projectId, UUID id) {
        return pools.find(database.client(), projectId, id).map(found -> found.orElseThrow(() -> notFound(id)));
    }

    /** Null stays as it is; attributes are merged into those that are there. */
    public Future<Void> update(
            String projectId, UUID id, @Nullable String name, @Nullable String description, JsonObject attributes) {
        return pools.update(database.client(), projectId, id, name, description, attributes)
                .map(found -> required(found, id))
                .recover(failure -> nameTaken(failure, name))
                .mapEmpty();
    }

    /**
     * Only an empty pool goes; enrollment tokens into it are revoked and its open places fail. Locks the tokens before the
     * pool, as an enrollment does: in the other order the two would wait for each other.
     */
    public Future<Void> delete(String projectId, UUID id) {
        return database.inTransactionAgain(tx -> pools.revokeTokens(tx, projectId, id)
                        .compose(revoked -> pools.lock(tx, projectId, id))
                        .map(found -> required(found, id))
                        .compose(locked -> pools.countDesktops(tx, projectId, id))
                        .map(desktopCount -> requireEmpty(desktopCount, id))
                        .compose(empty -> Jobs.poolGone(jobs, tx, id, clock.instant()))
                        .compose(ended -> pools.delete(tx, projectId, id)))
                .recover(failure -> newlyReferred(failure, id));
    }

    /** A token that was made after the others had been revoked. */
    private static <T> Future<T> newlyReferred(Throwable failure, UUID id) {
        boolean referred = failure instanceof PgException pg && FOREIGN_KEY_VIOLATION.equals(pg.getSqlState());
        return Future.failedFuture(
                referred
                        ? new ApiException.Conflict("an enrollment token into pool " + id
                                + " was made at this moment: try again, and its token is revoked too")
                        : failure);
    }

    /** Moves desktops into the pool, out of the pool they are in. All or none. */
    public Future<Void> add(String projectId, UUID poolId, List<UUID> desktopIds) {
        return database.inTransaction(tx -> requirePool(tx, projectId, poolId)
                .compose(pool -> desktops.moveIntoPool(tx, projectId, poolId, desktopIds))
                .map(moved -> requireAll(desktopIds, moved, "in this project"))
                .mapEmpty());
    }

    /** Leaves the desktops in no pool. All or none. */
    public Future<Void> remove(String projectId, UUID poolId, List<UUID> desktopIds) {
        return database.inTransaction(tx -> requirePool(tx, projectId, poolId)
                .compose(pool -> desktops.moveOutOfPool(tx, projectId, poolId, desktopIds))
                .map(moved -> requireAll(desktopIds, moved, "in this pool"))
                .mapEmpty());
    }

    public Future<Page<Desktop>> listDesktops(
            String projectId, UUID poolId, DesktopFilter filter, int limit, int offset) {
        return get(projectId, poolId)
                .compose(pool -> filter.equals(DesktopFilter.NONE)
                        ? Future.succeededFuture(Page.empty())
                        : desktops.list(database.client(), projectId, filter.inPool(poolId), limit, offset));
    }

    /** Locked until the transaction ends, so that the pool is not deleted meanwhile. */
    private Future<Boolean> requirePool(SqlConnection tx, String projectId, UUID poolId) {
        return pools.lock(tx, projectId, poolId).map(found -> required(found, poolId));
    }

    private static boolean required(boolean found, UUID id) {
        if (!found) {
            throw notFound(id);
        }
        return true;
    }

    private static boolean requireEmpty(long desktopCount, UUID id) {
        if (desktopCount > 0) {
            throw new ApiException.Conflict("pool " + id + " has " + desktopCount
                    + " desktops: take them out of it first (DELETE .../desktop-pools/" + id + "/desktops)");
        }
        return true;
    }

    private static boolean requireAll(List<UUID> asked, Set<UUID> moved, String where) {
        asked.stream().filter(id -> !moved.contains(id)).findFirst().ifPresent(missing -> {
            throw new ApiException.NotFound("there is no desktop " + missing + " " + where + "; nothing was moved");
        });
        return true;
    }

    private static <T> Future<T> nameTaken(Throwable failure, @Nullable String name) {
        boolean taken = failure instanceof PgException pg && UNIQUE_VIOLATION.equals(pg.getSqlState());
        return Future.failedFuture(
                taken
                        ? new ApiException.Conflict("there is a pool named '" + name + "' already: choose another name")
                        : failure);
    }

    static ApiException notFound(Object id) {
        return new ApiException.NotFound("there is no desktop pool " + id + " in this project");
    }
}
