package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.UUID;

/** Gives a desktop that took a place the tags that were asked for with it, in the transaction that lets it in. */
@FunctionalInterface
public interface NewDesktopTags {
    NewDesktopTags NONE = (tx, projectId, desktopId, tags) -> Future.succeededFuture();

    static NewDesktopTags into(TagStore store) {
        return (tx, projectId, desktopId, tags) -> store.put(
                tx,
                projectId,
                desktopId,
                tags.stream()
                        .map(JsonObject.class::cast)
                        .map(tag -> new Tag(tag.getString("key"), tag.getString("value", "")))
                        .toList());
    }

    /** @param tags objects with a key and maybe a value, as they were sent; at least one */
    Future<Void> put(SqlConnection tx, String projectId, UUID desktopId, JsonArray tags);
}
