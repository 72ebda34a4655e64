package io.deskwave.control.desktop;

import io.deskwave.control.desktop.DesktopCondition.Ids;
import io.deskwave.control.desktop.DesktopCondition.NameContains;
import io.deskwave.control.desktop.DesktopCondition.NotTagged;
import io.deskwave.control.desktop.DesktopCondition.Tagged;
import io.deskwave.control.desktop.DesktopCondition.Untagged;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Uuids;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The body of the vendor's lists by tags: filter, page and whether only the number is wanted.
 *
 * @param countOnly then nobody looks at the page
 */
record TagQuery(DesktopFilter filter, int limit, int offset, boolean countOnly) {
    private static final int MOST_ROWS = 1000;

    /** Every condition that is there has to be met; the ones that are empty lists are not there. */
    static TagQuery of(JsonObject body) {
        var conditions = new ArrayList<DesktopCondition>();
        if (body.getBoolean("without_any_tag", false)) {
            conditions.add(new Untagged());
        }
        matches(body, "tags").forEach(some -> conditions.add(new Tagged(some, true)));
        matches(body, "tags_any").forEach(some -> conditions.add(new Tagged(some, false)));
        matches(body, "not_tags").forEach(some -> conditions.add(new NotTagged(some, true)));
        matches(body, "not_tags_any").forEach(some -> conditions.add(new NotTagged(some, false)));
        objects(body, "matches").map(TagQuery::match).forEach(conditions::add);
        return new TagQuery(
                new DesktopFilter(conditions, DesktopFilter.Order.CREATED),
                number(body, "limit", MOST_ROWS, MOST_ROWS),
                number(body, "offset", 0, Integer.MAX_VALUE),
                "count".equals(body.getString("action")));
    }

    /** Empty without an entry. */
    private static Stream<List<TagMatch>> matches(JsonObject body, String field) {
        List<TagMatch> matches = objects(body, field).map(TagQuery::tag).toList();
        return Stream.of(matches).filter(some -> !some.isEmpty());
    }

    private static TagMatch tag(JsonObject tag) {
        return new TagMatch(
                tag.getString("key"),
                tag.getJsonArray("values", new JsonArray()).stream()
                        .map(String.class::cast)
                        .toList());
    }

    private static DesktopCondition match(JsonObject match) {
        String value = match.getString("value");
        return switch (match.getString("key")) {
            case "resource_name" -> new NameContains(List.of(value));
            case "resource_id" -> new Ids(Uuids.parse(value).stream().toList());
            default -> throw new ApiException.BadRequest("matches: key must be resource_name or resource_id");
        };
    }

    private static Stream<JsonObject> objects(JsonObject body, String field) {
        return body.getJsonArray(field, new JsonArray()).stream().map(JsonObject.class::cast);
    }

    /** The vendor sends numbers as texts here. The document sees to it that they are digits, and few. */
    private static int number(JsonObject body, String field, int absent, int most) {
        String text = body.getString(field, "");
        if (text.isEmpty()) {
            return absent;
        }
        long number = Long.parseLong(text);
        if (number > most) {
            throw new ApiException.BadRequest(
                    field + " must be a whole number from 0 to " + most + " in quotes, not \"" + text + "\"");
        }
        return (int) number;
    }
}
