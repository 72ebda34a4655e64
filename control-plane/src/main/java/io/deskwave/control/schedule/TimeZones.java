package io.deskwave.control.schedule;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;

/** The IANA zones with what the vendor says of each. Takes a while to make: the names come from the locale data. */
final class TimeZones {
    private final List<Entry> entries;

    private record Entry(String name, String offset, String english, String chinese) {
        private JsonObject json() {
            String us = "(" + offset + ") " + english + " - " + name;
            return new JsonObject()
                    .put("time_zone", offset)
                    .put("time_zone_name", name)
                    .put("time_zone_desc", us)
                    .put("time_zone_desc_us", us)
                    .put("time_zone_desc_cn", "(" + offset + ") " + chinese + " - " + name);
        }
    }

    private TimeZones(List<Entry> entries) {
        this.entries = entries;
    }

    /** As their standard offsets are at an instant. */
    static TimeZones at(Instant instant) {
        return new TimeZones(ZoneId.getAvailableZoneIds().stream()
                .sorted()
                .map(ZoneId::of)
                .map(zone -> new Entry(
                        zone.getId(),
                        offset(zone.getRules().getStandardOffset(instant)),
                        zone.getDisplayName(TextStyle.FULL, Locale.US),
                        zone.getDisplayName(TextStyle.FULL, Locale.SIMPLIFIED_CHINESE)))
                .toList());
    }

    /** Those whose names contain a text, in any case. */
    JsonArray json(String namePart) {
        String part = namePart.toLowerCase(Locale.ROOT);
        var json = new JsonArray();
        entries.stream()
                .filter(entry -> entry.name().toLowerCase(Locale.ROOT).contains(part))
                .forEach(entry -> json.add(entry.json()));
        return json;
    }

    private static String offset(ZoneOffset offset) {
        return "GMT" + (offset.equals(ZoneOffset.UTC) ? "+00:00" : offset.getId());
    }
}
