package io.deskwave.control.desktop;

import io.deskwave.control.desktop.PlaceStore.Filled;
import io.deskwave.control.desktop.PlaceStore.Place;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Puts desktops that enrol with the token of a place into it; called within the enrollment's transaction. */
public final class PlaceFilling {
    private static final String TAGS = "tags";

    private final NewDesktopTags tags;
    private final PlaceStore store = new PlaceStore();
    private final JobStore jobs = new JobStore();

    public PlaceFilling(NewDesktopTags tags) {
        this.tags = tags;
    }

    /** Those of the locked tokens that are places', by the tokens; locked too. */
    public Future<Map<UUID, Place>> lock(SqlConnection tx, Collection<UUID> tokenIds) {
        return tokenIds.isEmpty() ? Future.succeededFuture(Map.of()) : store.lockByTokens(tx, tokenIds);
    }

    /** What the desktop of a place is given besides its tags. */
    public static JsonObject attributes(Place place) {
        JsonObject attributes = place.attributes().copy();
        attributes.remove(TAGS);
        return attributes;
    }

    public Future<Void> fill(SqlConnection tx, List<Filled> filled, Instant now) {
        if (filled.isEmpty()) {
            return Future.succeededFuture();
        }
        Future<Void> tagged = Future.succeededFuture();
        for (Filled each : filled) {
            JsonArray wanted = each.place().attributes().getJsonArray(TAGS, new JsonArray());
            if (!wanted.isEmpty()) {
                tagged = tagged.compose(done -> tags.put(tx, each.place().projectId(), each.desktopId(), wanted));
            }
        }
        return tagged.compose(done -> store.fill(tx, filled, now)).compose(jobIds -> jobs.close(tx, jobIds, now));
    }
}
