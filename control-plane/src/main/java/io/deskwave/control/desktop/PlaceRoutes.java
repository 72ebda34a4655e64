package io.deskwave.control.desktop;

import io.deskwave.control.desktop.Places.Reservation;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The operations that reserve places for desktops. */
public final class PlaceRoutes {
    private static final int EXPIRE_IN_MINUTES = 7 * 24 * 60;

    private final Places places;

    public PlaceRoutes(Places places) {
        this.places = places;
    }

    public void mount(Operations operations) {
        operations.on("CreateDesktop", this::create);
        operations.on("ExpandDesktopPool", this::expand);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        var creation = new DesktopCreation(call.body());
        return places.create(call.projectId(), creation::places, expireInMinutes(call.body()))
                .map(reserved -> ApiAnswer.ok(view(reserved)));
    }

    private Future<ApiAnswer> expand(ApiCall call) {
        JsonObject body = call.body();
        return places.expand(
                        call.projectId(),
                        call.pathId("pool_id", "desktop pool"),
                        body.getInteger("size"),
                        expireInMinutes(body))
                .map(reserved -> ApiAnswer.ok(view(reserved)));
    }

    static int expireInMinutes(JsonObject body) {
        return body.getInteger("places_expire_in_minutes", EXPIRE_IN_MINUTES);
    }

    static JsonObject view(Reservation reservation) {
        var places = new JsonArray();
        reservation
                .places()
                .forEach(place -> places.add(new JsonObject()
                        .put("sub_job_id", place.subJobId().toString())
                        .put("computer_name", place.name())
                        .put("enrollment_token", place.token())
                        .put("expires_at", DesktopView.MILLIS.format(place.expiresAt()))));
        return new JsonObject().put("job_id", reservation.jobId().toString()).put("places", places);
    }
}
