package io.deskwave.control.script;

import io.deskwave.control.http.Paging;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Scripts in PostgreSQL. A version is never changed; a deleted script stays for the tasks that ran it. */
public final class ScriptStore {
    private static final String INSERT =
            """
            WITH script AS (
                INSERT INTO scripts (project_id, type) VALUES ($1, $2) RETURNING id, version_no)
            INSERT INTO script_versions (script_id, version_no, name, content, description, version, success_codes)
            SELECT id, version_no, $3, $4, $5, $6, $7 FROM script
            RETURNING script_id""";
    private static final String LOCK =
            "SELECT id FROM scripts WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE";
    private static final String INSERT_VERSION =
            """
            WITH script AS (
                UPDATE scripts SET version_no = version_no + 1, updated_at = now() WHERE id = $1
                RETURNING id, version_no)
            INSERT INTO script_versions (script_id, version_no, name, content, description, version, success_codes)
            SELECT script.id, script.version_no, $2, $3, coalesce($4, last.description), coalesce($5, last.version),
                   coalesce($6, last.success_codes)
            FROM script JOIN script_versions last
                ON last.script_id = script.id AND last.version_no = script.version_no - 1""";
    private static final String DELETE =
            "UPDATE scripts SET deleted_at = now() WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL";
    private static final String FIND =
            """
            SELECT s.id, s.type, s.created_at, s.updated_at, v.version_no, v.name, v.description, v.version,
                   v.success_codes, v.content
            FROM scripts s JOIN script_versions v ON v.script_id = s.id AND v.version_no = s.version_no
            WHERE s.project_id = $1 AND s.id = $2 AND s.deleted_at IS NULL""";
    private static final String FIND_AS_RUN =
            """
            SELECT s.id, s.type, s.created_at, v.created_at AS updated_at, v.version_no, v.name, v.description,
                   v.version, v.success_codes, v.content
            FROM execution_tasks t
            JOIN execution_task_scripts r ON r.task_id = t.id
            JOIN scripts s ON s.id = r.script_id
            JOIN script_versions v ON v.script_id = r.script_id AND v.version_no = r.version_no
            WHERE t.project_id = $1 AND s.project_id = $1 AND s.id = $2 AND t.id = $3
            ORDER BY r.script_index LIMIT 1""";
    private static final String MATCHING =
            """
            FROM scripts s JOIN script_versions v ON v.script_id = s.id AND v.version_no = s.version_no
            WHERE s.project_id = $1 AND s.deleted_at IS NULL
                AND ($2::uuid IS NULL OR s.id = $2)
                AND ($3::text IS NULL OR position(lower($3) IN lower(v.name)) > 0)
                AND ($4::text IS NULL OR s.type = $4)
            """;
    private static final String COUNT = "SELECT count(*) " + MATCHING;
    private static final String LIST =
            """
            SELECT s.id, s.type, s.created_at, s.updated_at, v.version_no, v.name, v.description, v.version,
                   v.success_codes, '' AS content
            """
                    + MATCHING + "ORDER BY s.created_at DESC, s.id LIMIT $5 OFFSET $6";
    private static final String FIND_RUNNABLE =
            """
            SELECT s.id, s.type, v.version_no, v.name, v.success_codes
            FROM scripts s JOIN script_versions v ON v.script_id = s.id AND v.version_no = s.version_no
            WHERE s.project_id = $1 AND s.id = ANY($2) AND s.deleted_at IS NULL""";
    private static final String TEXT = "SELECT content FROM script_versions WHERE script_id = $1 AND version_no = $2";

    /** What to list; null is no filter. */
    record Filter(@Nullable UUID id, @Nullable String namePart, @Nullable ScriptType type) {
        private Tuple tuple(String projectId) {
            return Tuple.of(projectId, id, namePart, type == null ? null : type.name());
        }
    }

    Future<UUID> insert(SqlClient client, String projectId, ScriptType type, ScriptDraft draft) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(projectId, type.name(), draft.name(), draft.content())
                        .addString(draft.description().orElse(""))
                        .addString(draft.version().orElse(""))
                        .addArrayOfInteger(
                                draft.successCodes().orElse(List.of(0)).toArray(new Integer[0])))
                .map(rows -> rows.iterator().next().getUUID("script_id"));
    }

    /** Holds the script until the transaction ends; false when there is none. */
    Future<Boolean> lock(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(LOCK).execute(Tuple.of(projectId, id)).map(rows -> rows.size() == 1);
    }

    /** Needs the lock: two writers at once would make the same number. */
    Future<Void> insertVersion(SqlClient client, UUID id, ScriptDraft draft) {
        return client.preparedQuery(INSERT_VERSION)
                .execute(Tuple.of(id, draft.name(), draft.content())
                        .addString(draft.description().orElse(null))
                        .addString(draft.version().orElse(null))
                        .addArrayOfInteger(draft.successCodes()
                                .map(codes -> codes.toArray(new Integer[0]))
                                .orElse(null)))
                .mapEmpty();
    }

    Future<Boolean> delete(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(DELETE).execute(Tuple.of(projectId, id)).map(rows -> rows.rowCount() == 1);
    }

    Future<Optional<Script>> find(SqlClient client, String projectId, UUID id) {
        return client.preparedQuery(FIND).execute(Tuple.of(projectId, id)).map(ScriptStore::first);
    }

    Future<Optional<Script>> findAsRun(SqlClient client, String projectId, UUID id, UUID taskId) {
        return client.preparedQuery(FIND_AS_RUN)
                .execute(Tuple.of(projectId, id, taskId))
                .map(ScriptStore::first);
    }

    Future<Integer> count(SqlClient client, String projectId, Filter filter) {
        return client.preparedQuery(COUNT)
                .execute(filter.tuple(projectId))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    Future<List<Script>> list(SqlClient client, String projectId, Filter filter, Paging page) {
        return client.preparedQuery(LIST)
                .execute(filter.tuple(projectId).addInteger(page.limit()).addInteger(page.offset()))
                .map(rows -> stream(rows, ScriptStore::script));
    }

    /** In the order of the ids, one for each mention; what does not exist in this project is left out. */
    public Future<List<RunnableScript>> findRunnable(SqlClient client, String projectId, List<UUID> ids) {
        return client.preparedQuery(FIND_RUNNABLE)
                .execute(Tuple.of(projectId).addArrayOfUUID(ids.toArray(new UUID[0])))
                .map(rows -> {
                    Map<UUID, RunnableScript> found = stream(rows, ScriptStore::runnable).stream()
                            .collect(Collectors.toMap(RunnableScript::id, Function.identity()));
                    return ids.stream().map(found::get).filter(Objects::nonNull).toList();
                });
    }

    Future<Optional<String>> findText(SqlClient client, UUID scriptId, int versionNo) {
        return client.preparedQuery(TEXT)
                .execute(Tuple.of(scriptId, versionNo))
                .map(rows ->
                        stream(rows, row -> row.getString("content")).stream().findFirst());
    }

    private static Optional<Script> first(RowSet<Row> rows) {
        return stream(rows, ScriptStore::script).stream().findFirst();
    }

    private static <T> List<T> stream(RowSet<Row> rows, Function<Row, T> read) {
        return StreamSupport.stream(rows.spliterator(), false).map(read).toList();
    }

    private static RunnableScript runnable(Row row) {
        return new RunnableScript(
                row.getUUID("id"),
                row.getInteger("version_no"),
                row.getString("name"),
                ScriptType.valueOf(row.getString("type")),
                List.of(row.getArrayOfIntegers("success_codes")));
    }

    private static Script script(Row row) {
        OffsetDateTime created = row.getOffsetDateTime("created_at");
        OffsetDateTime updated = row.getOffsetDateTime("updated_at");
        return new Script(
                row.getUUID("id"),
                row.getInteger("version_no"),
                row.getString("name"),
                row.getString("description"),
                ScriptType.valueOf(row.getString("type")),
                row.getString("version"),
                List.of(row.getArrayOfIntegers("success_codes")),
                created.toInstant(),
                updated.toInstant(),
                row.getString("content"));
    }
}
