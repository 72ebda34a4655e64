package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Places: sub-jobs with a token, which a desktop that enrols with it fills. */
public final class PlaceStore {
    /** Those who give names in a project go one after the other. */
    private static final String LOCK_NAMES =
            "SELECT pg_advisory_xact_lock(hashtextextended('deskwave names ' || $1, 0))";

    private static final String LIST_NAMES =
            """
            SELECT computer_name AS name FROM desktops WHERE project_id = $1 AND deleted_at IS NULL
            UNION ALL
            SELECT desktop_name FROM sub_jobs WHERE project_id = $1 AND end_time IS NULL AND token_id IS NOT NULL
            """;

    private static final String LOCK_BY_TOKENS =
            """
            SELECT id, token_id, project_id, desktop_name, attributes, end_time IS NULL AS open
            FROM sub_jobs WHERE token_id = ANY ($1) ORDER BY id FOR UPDATE
            """;

    private static final String FILL =
            """
            UPDATE sub_jobs s SET status = 'SUCCESS', end_time = $3, desktop_id = n.desktop_id, reason = 'a desktop enrolled'
            FROM unnest($1::uuid[], $2::uuid[]) AS n (id, desktop_id)
            WHERE s.id = n.id AND s.end_time IS NULL
            RETURNING s.job_id
            """;

    /** @param open whether nobody has filled it and it has not expired */
    public record Place(UUID id, UUID tokenId, String projectId, String name, JsonObject attributes, boolean open) {}

    /** A place and the desktop that took it. */
    public record Filled(Place place, UUID desktopId) {}

    /** The names of a project's desktops and open places; nobody else gives names until the transaction ends. */
    Future<Set<String>> lockNames(SqlClient client, String projectId) {
        return client.preparedQuery(LOCK_NAMES)
                .execute(Tuple.of(projectId))
                .compose(locked -> client.preparedQuery(LIST_NAMES).execute(Tuple.of(projectId)))
                .map(rows -> {
                    Set<String> names = new HashSet<>();
                    rows.forEach(row -> names.add(row.getString("name")));
                    return names;
                });
    }

    /** Those of the tokens that are places', by the tokens; locked until the transaction ends. */
    Future<Map<UUID, Place>> lockByTokens(SqlClient client, Collection<UUID> tokenIds) {
        return client.preparedQuery(LOCK_BY_TOKENS)
                .execute(Tuple.tuple().addArrayOfUUID(tokenIds.toArray(UUID[]::new)))
                .map(rows -> {
                    Map<UUID, Place> places = new HashMap<>();
                    rows.forEach(row -> places.put(
                            row.getUUID("token_id"),
                            new Place(
                                    row.getUUID("id"),
                                    row.getUUID("token_id"),
                                    row.getString("project_id"),
                                    row.getString("desktop_name"),
                                    row.getJsonObject("attributes"),
                                    row.getBoolean("open"))));
                    return places;
                });
    }

    /** The jobs of the places. */
    Future<Set<UUID>> fill(SqlClient client, List<Filled> filled, Instant now) {
        return client.preparedQuery(FILL)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(
                                filled.stream().map(each -> each.place().id()).toArray(UUID[]::new))
                        .addArrayOfUUID(filled.stream().map(Filled::desktopId).toArray(UUID[]::new))
                        .addOffsetDateTime(JobStore.utc(now)))
                .map(JobStore::jobIds);
    }
}
