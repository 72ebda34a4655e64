package io.deskwave.control.script;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.UUID;

public final class ScriptStore {
    public Future<List<RunnableScript>> findRunnable(SqlClient sql, String projectId, List<UUID> ids) {
        return Future.succeededFuture(List.of());
    }

    public Future<String> text(SqlClient sql, UUID scriptId, int versionNo) {
        return Future.succeededFuture("");
    }
}
