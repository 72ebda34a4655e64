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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts desktops that enrol with the token of a place into it; called within the enrollment's transaction. */
public final class PlaceFilling {
    private static final Logger LOG = LoggerFactory.getLogger(PlaceFilling.class);

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
        attributes.remove(DesktopAttributes.TAGS);
        return attributes;
    }

    /** One place that holds what it should not must not keep out the others of a group. */
    private static JsonArray tags(Place place) {
        if (!DesktopAttributes.hasFitTags(place.attributes())) {
            LOG.warn("the tags of place {} are not tags, and are left out", place.id());
            return new JsonArray();
        }
        return place.attributes().getJsonArray(DesktopAttributes.TAGS, new JsonArray());
    }

    /** A place goes with its token, in the transaction that revokes that. */
    public static Future<Void> tokenRevoked(SqlConnection tx, UUID tokenId, Instant now) {
        var jobs = new JobStore();
        return jobs.failPlaceOfToken(tx, tokenId, now, "the enrollment token of this place was revoked")
                .compose(jobIds -> jobs.close(tx, jobIds, now));
    }

    public Future<Void> fill(SqlConnection tx, List<Filled> filled, Instant now) {
        if (filled.isEmpty()) {
            return Future.succeededFuture();
        }
        Future<Void> tagged = Future.succeededFuture();
        for (Filled each : filled) {
            JsonArray wanted = tags(each.place());
            if (!wanted.isEmpty()) {
                tagged = tagged.compose(done -> tags.put(tx, each.place().projectId(), each.desktopId(), wanted));
            }
        }
        return tagged.compose(done -> store.fill(tx, filled, now)).compose(jobIds -> jobs.close(tx, jobIds, now));
    }
}
