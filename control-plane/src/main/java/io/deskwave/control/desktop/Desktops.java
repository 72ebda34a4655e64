package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What people do with desktops. Desktops come in by enrollment and go by {@link #delete}. */
public final class Desktops {
    private final Database database;
    private final DesktopStore store;
    private final DesktopGone whileDeleting;
    private final Consumer<UUID> afterDeleting;

    /** @param afterDeleting called after the commit, to end the desktop's session */
    public Desktops(Database database, DesktopStore store, DesktopGone whileDeleting, Consumer<UUID> afterDeleting) {
        this.database = database;
        this.store = store;
        this.whileDeleting = whileDeleting;
        this.afterDeleting = afterDeleting;
    }

    public Future<Page<Desktop>> list(String projectId, DesktopFilter filter, int limit, int offset) {
        return filter.equals(DesktopFilter.NONE)
                ? Future.succeededFuture(Page.empty())
                : store.list(database.client(), projectId, filter, limit, offset);
    }

    public Future<Desktop> get(String projectId, UUID id) {
        return store.find(database.client(), projectId, id).map(found -> found.orElseThrow(() -> notFound(id)));
    }

    /** A null name stays as it is. */
    public Future<Void> update(String projectId, UUID id, @Nullable String name, JsonObject attributes) {
        return store.update(database.client(), projectId, id, name, attributes)
                .map(found -> required(found, id))
                .mapEmpty();
    }

    /** The desktop's key is worth nothing from here on; its past stays readable. */
    public Future<Void> delete(String projectId, UUID id) {
        return delete(projectId, id, tx -> Future.succeededFuture());
    }

    /** @param withIt what else is true when it is gone, and is done in the same transaction */
    Future<Void> delete(String projectId, UUID id, Function<SqlConnection, Future<Void>> withIt) {
        return database.inTransactionAgain(tx -> delete(tx, projectId, id).compose(deleted -> withIt.apply(tx)))
                .onSuccess(gone -> afterDeleting.accept(id));
    }

    private Future<Void> delete(SqlConnection tx, String projectId, UUID id) {
        return store.lock(tx, projectId, id)
                .map(found -> required(found, id))
                .compose(locked -> whileDeleting.desktopGone(tx, projectId, id))
                .compose(ended -> store.delete(tx, projectId, id))
                .map(found -> required(found, id))
                .mapEmpty();
    }

    private static boolean required(boolean found, UUID id) {
        if (!found) {
            throw notFound(id);
        }
        return true;
    }

    static ApiException notFound(Object id) {
        return new ApiException.NotFound("there is no desktop " + id + " in this project");
    }
}
