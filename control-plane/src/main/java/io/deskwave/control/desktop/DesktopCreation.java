package io.deskwave.control.desktop;

import io.deskwave.control.desktop.Places.Wanted;
import io.deskwave.control.http.ApiException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A body of CreateDesktop, read. Pure. */
final class DesktopCreation {
    private static final int PREFIX_WIDTH = 13;
    private static final int VOLUME_STEP = 10;
    /** The members that say which places, and not what the desktops are given. */
    private static final List<String> OWN = List.of("desktops", "size", "desktop_name", "places_expire_in_minutes");

    private final JsonObject body;
    private final JsonObject common;

    DesktopCreation(JsonObject body) {
        this.body = body;
        this.common = body.copy();
        OWN.forEach(common::remove);
        boolean listed = body.containsKey("desktops");
        if (listed == body.containsKey("size")) {
            throw new ApiException.BadRequest(
                    "send either desktops, one entry for each desktop, or size together with desktop_name");
        }
        if (!listed && body.getString("desktop_name", "").isEmpty()) {
            throw new ApiException.BadRequest(
                    "desktop_name is missing: with size send the name of the desktop, or the prefix of their names");
        }
        checkVolume("root_volume", body.getJsonObject("root_volume", new JsonObject()));
        JsonArray volumes = body.getJsonArray("data_volumes", new JsonArray());
        for (int i = 0; i < volumes.size(); i++) {
            checkVolume("data_volumes[" + i + "]", volumes.getJsonObject(i));
        }
    }

    private static void checkVolume(String field, JsonObject volume) {
        if (volume.getInteger("size", 0) % VOLUME_STEP != 0) {
            throw new ApiException.BadRequest(
                    field + ".size must be a multiple of " + VOLUME_STEP + ", not " + volume.getInteger("size"));
        }
    }

    /** The places, by names that are free. */
    List<Wanted> places(ComputerNames names) {
        return body.containsKey("desktops") ? listed(names) : counted(names);
    }

    private List<Wanted> counted(ComputerNames names) {
        int size = body.getInteger("size");
        String name = body.getString("desktop_name");
        JsonObject attributes = attributes(new JsonObject());
        if (size == 1) {
            return List.of(new Wanted(names.take("desktop_name", name), attributes));
        }
        String prefix = ComputerNames.prefix("desktop_name", name, PREFIX_WIDTH);
        return IntStream.range(0, size)
                .mapToObj(i -> new Wanted(names.next("desktop_name", prefix), attributes))
                .toList();
    }

    /** Names that were sent are taken before any is made. */
    private List<Wanted> listed(ComputerNames names) {
        JsonArray desktops = body.getJsonArray("desktops");
        var taken = new ArrayList<String>();
        for (int i = 0; i < desktops.size(); i++) {
            String name = desktops.getJsonObject(i).getString("computer_name", "");
            taken.add(name.isEmpty() ? "" : names.take("desktops[" + i + "].computer_name", name));
        }
        var places = new ArrayList<Wanted>();
        for (int i = 0; i < desktops.size(); i++) {
            JsonObject desktop = desktops.getJsonObject(i);
            String field = "desktops[" + i + "]";
            String name = taken.get(i).isEmpty()
                    ? names.next(field + ".desktop_name_prefix", prefix(field, desktop))
                    : taken.get(i);
            places.add(new Wanted(name, attributes(desktop)));
        }
        return places;
    }

    private static String prefix(String field, JsonObject desktop) {
        String prefix = desktop.getString("desktop_name_prefix", "");
        return prefix.isEmpty()
                ? ComputerNames.prefixFrom(desktop.getString("user_name"), PREFIX_WIDTH)
                : ComputerNames.prefix(field + ".desktop_name_prefix", prefix, PREFIX_WIDTH);
    }

    private JsonObject attributes(JsonObject desktop) {
        JsonObject attributes = common.copy().mergeIn(desktop);
        attributes.remove("computer_name");
        return DesktopAttributes.checked(DesktopAttributes.withSubnet(attributes));
    }
}
