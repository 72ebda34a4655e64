package io.deskwave.control.script;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Paging;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What can be done with scripts. */
public final class Scripts {
    private final Database database;
    private final ScriptStore store;

    public Scripts(Database database, ScriptStore store) {
        this.database = database;
        this.store = store;
    }

    record Page(int count, List<Script> scripts) {}

    Future<UUID> create(String projectId, ScriptType type, ScriptDraft draft) {
        return database.inTransaction(client -> store.insert(client, projectId, type, draft));
    }

    /** Makes a new version. */
    Future<Void> update(String projectId, UUID id, ScriptDraft draft) {
        return database.inTransaction(client -> store.lock(client, projectId, id)
                .compose(exists -> exists ? store.insertVersion(client, id, draft) : Future.failedFuture(unknown(id))));
    }

    Future<Void> delete(String projectId, UUID id) {
        return store.delete(database.client(), projectId, id)
                .compose(deleted -> deleted ? Future.succeededFuture() : Future.failedFuture(unknown(id)));
    }

    Future<Script> get(String projectId, UUID id) {
        return store.find(database.client(), projectId, id).compose(found -> orUnknown(found, id));
    }

    /** The script as the task ran it, even when it was changed or deleted since. */
    Future<Script> getAsRun(String projectId, UUID id, UUID taskId) {
        return store.findAsRun(database.client(), projectId, id, taskId)
                .compose(found -> found.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(
                                new ApiException.NotFound("no task " + taskId + " ran a script " + id))));
    }

    Future<Page> list(String projectId, ScriptStore.Filter filter, Paging page) {
        return store.count(database.client(), projectId, filter)
                .compose(count -> store.list(database.client(), projectId, filter, page)
                        .map(scripts -> new Page(count, scripts)));
    }

    /** The text of a version, as an agent is to run it. */
    public Future<String> text(SqlClient client, UUID scriptId, int versionNo) {
        return store.findText(client, scriptId, versionNo)
                .map(text -> text.orElseThrow(
                        () -> new IllegalStateException("no version " + versionNo + " of script " + scriptId)));
    }

    private static Future<Script> orUnknown(Optional<Script> found, UUID id) {
        return found.map(Future::succeededFuture).orElseGet(() -> Future.failedFuture(unknown(id)));
    }

    private static ApiException unknown(UUID id) {
        return new ApiException.NotFound("there is no script " + id + " in this project");
    }
}
