package io.deskwave.control.schedule;

import io.deskwave.control.desktop.TagMatch;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Uuids;
import io.deskwave.control.http.Wording;
import io.deskwave.control.schedule.ObjectStore.Names;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that a scheduled task applies to; what it means is found out at each firing.
 *
 * @param id empty for ALL_DESKTOPS
 * @param uuid of a desktop or a pool, else null
 * @param place where in the request it stands, for messages
 */
record ApplyObject(Type type, String id, @Nullable UUID uuid, String name, String place) {
    static final String FIELD = "apply_objects";
    private static final String TYPES = "DESKTOP, DESKTOP_POOL, DESKTOP_TAG, ALL_DESKTOPS";

    /** What an object is, as messages call it. */
    enum Type {
        DESKTOP("desktop"),
        DESKTOP_POOL("desktop pool"),
        DESKTOP_TAG("tag"),
        ALL_DESKTOPS("desktops");

        private final String words;

        Type(String words) {
            this.words = words;
        }
    }

    static List<ApplyObject> list(JsonObject fields) {
        JsonArray sent = fields.getJsonArray(FIELD, new JsonArray());
        var objects = new ArrayList<ApplyObject>();
        for (int i = 0; i < sent.size(); i++) {
            objects.add(of(sent.getJsonObject(i), FIELD + "[" + i + "]"));
        }
        return objects;
    }

    private static ApplyObject of(JsonObject object, String place) {
        String typeName = object.getString("object_type", "");
        if (typeName.isEmpty()) {
            throw new ApiException.BadRequest(place + ".object_type is missing: send one of " + TYPES);
        }
        Type type = Type.valueOf(typeName);
        String id = type == Type.ALL_DESKTOPS
                ? ""
                : object.getString("object_id", "").strip();
        String name = object.getString("object_name", "");
        if (id.isEmpty() && type != Type.ALL_DESKTOPS) {
            throw new ApiException.BadRequest(place + ".object_id is missing: send "
                    + (type == Type.DESKTOP_TAG ? "the tag as key=value, or its key" : "the id of the " + type.words));
        }
        if (type == Type.DESKTOP_TAG) {
            requireTag(id, place + ".object_id");
        }
        var made = new ApplyObject(type, id, Uuids.parse(id).orElse(null), name, place);
        if (made.uuid == null && made.isNamedById()) {
            throw made.missing();
        }
        return made;
    }

    private static void requireTag(String text, String field) {
        if (TagMatch.of(field, text).key().chars().anyMatch(Character::isISOControl)) {
            throw new ApiException.BadRequest(
                    field + " must be a tag as key=value, or its key, not '" + Wording.shortened(text) + "'");
        }
    }

    boolean isNamedById() {
        return type == Type.DESKTOP || type == Type.DESKTOP_POOL;
    }

    ApiException missing() {
        return new ApiException.BadRequest(place + ": there is no " + type.words + " " + Wording.shortened(id)
                + " in this project: name one that exists");
    }

    JsonObject json() {
        var json = new JsonObject();
        if (!id.isEmpty()) {
            json.put("object_id", id);
        }
        json.put("object_type", type.name());
        return name.isEmpty() ? json : json.put("object_name", name);
    }

    /** What it is called in the project; empty when it is not there, or has no other name than its id. */
    Optional<String> nameIn(Names names) {
        return switch (type) {
            case DESKTOP -> Optional.ofNullable(uuid).map(names.desktops()::get);
            case DESKTOP_POOL -> Optional.ofNullable(uuid).map(names.pools()::get);
            case DESKTOP_TAG, ALL_DESKTOPS -> Optional.empty();
        };
    }

    /** Called as it is called in the project, if it is there. */
    ApplyObject namedBy(Names names) {
        return nameIn(names)
                .map(known -> new ApplyObject(type, id, uuid, known, place))
                .orElse(this);
    }
}
