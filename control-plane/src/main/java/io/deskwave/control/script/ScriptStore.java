package io.deskwave.control.script;

import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

public final class ScriptStore {
    public Future<List<RunnableScript>> findRunnable(SqlClient sql, String projectId, List<UUID> ids) {
        return sql.preparedQuery(
                        "SELECT s.id, s.version_no, v.name, s.type FROM unnest($2::uuid[]) WITH ORDINALITY n (id, o) JOIN scripts s ON s.id = n.id JOIN script_versions v ON v.script_id = s.id AND v.version_no = s.version_no WHERE s.project_id = $1 ORDER BY n.o")
                .execute(Tuple.tuple().addString(projectId).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> {
                    var list = new ArrayList<RunnableScript>();
                    rows.forEach(row -> list.add(new RunnableScript(
                            row.getUUID(0),
                            row.getInteger(1),
                            row.getString(2),
                            ScriptType.valueOf(row.getString(3)),
                            List.of(0))));
                    return list;
                });
    }

    public Future<String> text(SqlClient sql, UUID scriptId, int versionNo) {
        return sql.preparedQuery("SELECT content FROM script_versions WHERE script_id = $1 AND version_no = $2")
                .execute(Tuple.of(scriptId, versionNo))
                .map(rows -> rows.iterator().next().getString(0));
    }
}
