package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Wording;
import io.deskwave.control.schedule.AgencyStore.Agency;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Time zones and agencies. Nothing here needs an agency: those that are made are remembered and listed. */
public final class TenantRoutes {
    private static final String WORKSPACE = "WORKSPACE";
    private static final Set<String> SCENES =
            Set.of(WORKSPACE, "CLOUD_GAME", "CLOUD_STORAGE", "SCREEN_RECORD", "IMAGE_CREATION");

    private final Vertx vertx;
    private final Database database;
    private final InstantSource clock;
    private final AgencyStore agencies = new AgencyStore();
    private @Nullable Future<TimeZones> zones;

    public TenantRoutes(Vertx vertx, Database database, InstantSource clock) {
        this.vertx = vertx;
        this.database = database;
        this.clock = clock;
    }

    public void mount(Operations operations) {
        operations.on("ListTimeZones", this::listTimeZones);
        operations.on("CreateAgencies", this::createAgency);
        operations.on("ListAgencies", this::listAgencies);
    }

    private Future<ApiAnswer> listTimeZones(ApiCall call) {
        String part = call.query("time_zone_name").orElse("");
        return zones().map(all -> ApiAnswer.ok(new JsonObject().put("time_zones", all.json(part))));
    }

    /** Made once, beside the event loop. */
    private synchronized Future<TimeZones> zones() {
        if (zones == null || zones.failed()) {
            zones = vertx.executeBlocking(() -> TimeZones.at(clock.instant()), false);
        }
        return zones;
    }

    private Future<ApiAnswer> createAgency(ApiCall call) {
        String scene = call.body().getString("scene", WORKSPACE);
        boolean fix = "FIX".equals(call.body().getString("action"));
        Future<Void> done = fix
                ? agencies.exists(database.client(), call.projectId(), scene).map(found -> required(found, scene))
                : agencies.insert(database.client(), call.projectId(), scene);
        return done.map(nothing -> ApiAnswer.empty());
    }

    private static @Nullable Void required(boolean found, String scene) {
        if (!found) {
            throw new ApiException.NotFound(
                    "there is no agency for scene " + scene + " in this project: send action CREATE to make it");
        }
        return null;
    }

    private Future<ApiAnswer> listAgencies(ApiCall call) {
        List<String> scenes = Stream.of(call.query("scene").orElse("").split(",", -1))
                .map(String::strip)
                .filter(scene -> !scene.isEmpty())
                .toList();
        scenes.stream().filter(scene -> !SCENES.contains(scene)).findFirst().ifPresent(unknown -> {
            throw new ApiException.BadRequest("the query parameter scene must be of "
                    + String.join(", ", SCENES.stream().sorted().toList()) + ", several with commas, not '"
                    + Wording.shortened(unknown) + "'");
        });
        return agencies.list(database.client(), call.projectId(), scenes).map(TenantRoutes::answer);
    }

    private static ApiAnswer answer(List<Agency> found) {
        var rows = new JsonArray();
        found.forEach(agency -> rows.add(json(agency)));
        return ApiAnswer.ok(new JsonObject().put("existing_agencies", rows));
    }

    /** No rights are delegated here, so that none are lacking either. */
    private static JsonObject json(Agency agency) {
        return new JsonObject()
                .put("id", agency.id().toString())
                .put("name", agency.scene().toLowerCase(Locale.ROOT) + "_admin_trust")
                .put("scene", agency.scene())
                .put(
                        "permissions",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("system_permission_display_names", new JsonArray())
                                        .put("wanted_system_permission_display_names", new JsonArray())
                                        .put("should_have_system_permission_display_names", new JsonArray())));
    }
}
