package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whom desktops are assigned to: a part of their attributes, as their places may give it to them too. */
final class AttachStore {
    private static final List<String> OF_USER = List.of("user_id", "user_name", "user_email", "user_group");

    /** Of a desktop that nobody has, who had it last. */
    private static final String LAST_USER = "last_user_name";

    /** A desktop is assigned anew when it goes from one user to another, in between to nobody or not. */
    private static final String ATTACH =
            """
            WITH wanted AS (
                SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[]) AS w (id, name, attributes)
            ), locked AS (
                SELECT id, coalesce(attributes ->> 'user_name', attributes ->> 'last_user_name') AS before FROM desktops
                WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
            ), changed AS (
                UPDATE desktops d SET attributes = (d.attributes - $5::text[]) || w.attributes::jsonb,
                       computer_name = coalesce(w.name, d.computer_name)
                FROM locked JOIN wanted w ON w.id = locked.id WHERE d.id = locked.id
                RETURNING d.id, d.computer_name, locked.before, d.attributes ->> 'user_name' AS user_name
            ), told AS (
                INSERT INTO desktop_events (desktop_id, kind)
                SELECT id, 'REATTACHED' FROM changed WHERE lower(before) <> lower(user_name)
            )
            SELECT id, computer_name, before FROM changed
            """;

    private static final String DETACH =
            """
            WITH locked AS (
                SELECT id, attributes ->> 'user_name' AS before, hibernated_at IS NOT NULL AS hibernated FROM desktops
                WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
            ), changed AS (
                UPDATE desktops d SET attributes = (d.attributes - $3::text[])
                       || jsonb_build_object('last_user_name', locked.before)
                FROM locked WHERE d.id = locked.id AND locked.before IS NOT NULL AND NOT locked.hibernated
            )
            SELECT d.id, d.computer_name, locked.before, locked.hibernated FROM locked JOIN desktops d ON d.id = locked.id
            """;

    /** @param name the new name of the computer, or null */
    record Wanted(UUID desktopId, @Nullable String name, JsonObject user) {}

    /** @param before who had it last, or null */
    record Attached(UUID desktopId, String name, @Nullable String before) {}

    /** @param before who had it, or null */
    record Detached(UUID desktopId, String name, @Nullable String before, boolean hibernated) {}

    /** Those of the desktops that are in the project. */
    Future<Map<UUID, Attached>> attach(SqlClient client, String projectId, List<Wanted> wanted) {
        return client.preparedQuery(ATTACH)
                .execute(Tuple.of(projectId)
                        .addArrayOfUUID(wanted.stream().map(Wanted::desktopId).toArray(UUID[]::new))
                        .addArrayOfString(wanted.stream().map(Wanted::name).toArray(String[]::new))
                        .addArrayOfString(wanted.stream()
                                .map(each -> each.user().encode())
                                .toArray(String[]::new))
                        .addArrayOfString(members()))
                .map(rows -> {
                    Map<UUID, Attached> attached = new HashMap<>();
                    for (Row row : rows) {
                        UUID id = row.getUUID("id");
                        attached.put(id, new Attached(id, row.getString("computer_name"), row.getString("before")));
                    }
                    return attached;
                });
    }

    /** Those of the desktops that are in the project; one that hibernates stays as it is. */
    Future<Map<UUID, Detached>> detach(SqlClient client, String projectId, List<UUID> ids) {
        return client.preparedQuery(DETACH)
                .execute(Tuple.of(projectId)
                        .addArrayOfUUID(ids.toArray(UUID[]::new))
                        .addArrayOfString(members()))
                .map(rows -> {
                    Map<UUID, Detached> detached = new HashMap<>();
                    for (Row row : rows) {
                        UUID id = row.getUUID("id");
                        detached.put(
                                id,
                                new Detached(
                                        id,
                                        row.getString("computer_name"),
                                        row.getString("before"),
                                        row.getBoolean("hibernated")));
                    }
                    return detached;
                });
    }

    private static String[] members() {
        return Stream.concat(OF_USER.stream(), Stream.of(LAST_USER)).toArray(String[]::new);
    }
}
