package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Writes the tags of desktops, and reads which ones a project has. A desktop's own come with it from {@link DesktopStore}. */
public final class TagStore {
    /** In the order of the ids, so that two who change the same desktops do not wait for each other. */
    private static final String LOCK =
            """
            SELECT id FROM desktops WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL
            ORDER BY id FOR NO KEY UPDATE
            """;

    private static final String PUT =
            """
            INSERT INTO desktop_tags (desktop_id, project_id, key, value)
            SELECT d.id, d.project_id, n.key, n.value
            FROM unnest($2::uuid[], $3::text[], $4::text[]) AS n (desktop_id, key, value)
            JOIN desktops d ON d.id = n.desktop_id AND d.project_id = $1 AND d.deleted_at IS NULL
            ON CONFLICT (desktop_id, key) DO UPDATE SET value = excluded.value
            """;

    private static final String REMOVE =
            """
            DELETE FROM desktop_tags t USING unnest($2::uuid[], $3::text[], $4::text[]) AS n (desktop_id, key, value)
            WHERE t.project_id = $1 AND t.desktop_id = n.desktop_id AND t.key = n.key AND n.value IN ('', t.value)
            """;

    private static final String FIND_OVERFULL =
            """
            SELECT desktop_id FROM desktop_tags WHERE desktop_id = ANY ($1)
            GROUP BY desktop_id HAVING count(*) > $2 ORDER BY desktop_id LIMIT 1
            """;

    /**
     * $2 is a key and $3 a value: either may match. Each step of a walk goes through an index to the next key or value, past
     * all desktops that share one; what is not asked for is gone before the statement is planned.
     */
    private static final String LIST_OF_PROJECT =
            """
            WITH RECURSIVE walk AS (
                SELECT min(t.key) AS key FROM desktop_tags t
                WHERE t.project_id = $1 AND ($3::text IS NULL OR t.value = $3)
                  AND ($2::text IS NULL OR $3::text IS NOT NULL OR t.key = $2)
                UNION ALL
                SELECT (SELECT min(t.key) FROM desktop_tags t
                        WHERE t.project_id = $1 AND ($3::text IS NULL OR t.value = $3)
                          AND ($2::text IS NULL OR $3::text IS NOT NULL OR t.key = $2) AND t.key > w.key)
                FROM walk w WHERE w.key IS NOT NULL),
            keys AS (
                SELECT key FROM walk WHERE key IS NOT NULL
                UNION
                SELECT $2::text WHERE $3::text IS NOT NULL
                   AND EXISTS (SELECT FROM desktop_tags t WHERE t.project_id = $1 AND t.key = $2)),
            page AS (SELECT key FROM keys ORDER BY key LIMIT $4 OFFSET $5)
            SELECT c.total, p.key, CASE WHEN $3::text IS NULL OR p.key = $2 THEN (
                WITH RECURSIVE step AS (
                    SELECT min(t.value) AS value FROM desktop_tags t WHERE t.project_id = $1 AND t.key = p.key
                    UNION ALL
                    SELECT (SELECT min(t.value) FROM desktop_tags t
                            WHERE t.project_id = $1 AND t.key = p.key AND t.value > s.value)
                    FROM step s WHERE s.value IS NOT NULL)
                SELECT array_agg(value ORDER BY value) FROM step WHERE value IS NOT NULL)
                ELSE ARRAY[$3] END AS values
            FROM (SELECT count(*) AS total FROM keys) c LEFT JOIN page p ON true
            ORDER BY p.key
            """;

    /** Those of the desktops that the project has; their tags stay as they are until the transaction ends. */
    Future<Set<UUID>> lock(SqlClient client, String projectId, Collection<UUID> desktopIds) {
        return client.preparedQuery(LOCK)
                .execute(Tuple.of(projectId).addArrayOfUUID(desktopIds.toArray(UUID[]::new)))
                .map(rows -> stream(rows).map(row -> row.getUUID("id")).collect(Collectors.toSet()));
    }

    /**
     * Adds tags to a desktop of the project; one of a key that it has takes the place of the former. The caller sees to it
     * that the desktop has at most {@link Tag#MOST}.
     */
    public Future<Void> put(SqlClient client, String projectId, UUID desktopId, List<Tag> tags) {
        return put(client, projectId, Map.of(desktopId, tags));
    }

    Future<Void> put(SqlClient client, String projectId, Map<UUID, List<Tag>> tags) {
        return client.preparedQuery(PUT)
                .execute(rows(projectId, lastOfEachKey(tags)))
                .mapEmpty();
    }

    /** Removes tags, those without a value whatever their value is. */
    Future<Void> remove(SqlClient client, String projectId, Map<UUID, List<Tag>> tags) {
        return client.preparedQuery(REMOVE).execute(rows(projectId, tags)).mapEmpty();
    }

    /** One of the desktops that have more tags than one may have. */
    Future<Optional<UUID>> findOverfull(SqlClient client, Collection<UUID> desktopIds) {
        return client.preparedQuery(FIND_OVERFULL)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(desktopIds.toArray(UUID[]::new))
                        .addInteger(Tag.MOST))
                .map(rows -> stream(rows).map(row -> row.getUUID("desktop_id")).findFirst());
    }

    /** The tags of a project's desktops in the order of their keys. A null key or value is no filter. */
    Future<Page<ProjectTag>> listOfProject(
            SqlClient client, String projectId, @Nullable String key, @Nullable String value, int limit, int offset) {
        return client.preparedQuery(LIST_OF_PROJECT)
                .execute(Tuple.of(projectId, key, value, limit, offset))
                .map(rows -> new Page<>(
                        rows.iterator().next().getLong("total"),
                        stream(rows)
                                .filter(row -> row.getString("key") != null)
                                .map(row ->
                                        new ProjectTag(row.getString("key"), List.of(row.getArrayOfStrings("values"))))
                                .toList()));
    }

    /** A key that some desktop of a project has, and the values that there are of it. */
    record ProjectTag(String key, List<String> values) {
        ProjectTag {
            values = List.copyOf(values);
        }
    }

    private static Map<UUID, List<Tag>> lastOfEachKey(Map<UUID, List<Tag>> tags) {
        var last = new LinkedHashMap<UUID, List<Tag>>();
        tags.forEach((id, all) -> {
            var byKey = new LinkedHashMap<String, Tag>();
            all.forEach(tag -> byKey.put(tag.key(), tag));
            last.put(id, List.copyOf(byKey.values()));
        });
        return last;
    }

    private static Tuple rows(String projectId, Map<UUID, List<Tag>> tags) {
        var ids = new ArrayList<UUID>();
        var all = new ArrayList<Tag>();
        tags.forEach((id, some) -> some.forEach(tag -> {
            ids.add(id);
            all.add(tag);
        }));
        return Tuple.of(projectId)
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addArrayOfString(texts(all, Tag::key))
                .addArrayOfString(texts(all, Tag::value));
    }

    private static String[] texts(List<Tag> tags, Function<Tag, String> text) {
        return tags.stream().map(text).toArray(String[]::new);
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }
}
