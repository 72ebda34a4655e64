package io.deskwave.control.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Random values that fit a schema, with ids of what there is. For one thread. */
final class Values {
    private static final String OBJECT_TYPE = "object_type";
    private static final List<String> WORDS = List.of(
            "",
            "x",
            "0",
            "1",
            "start",
            "stop",
            "reboot",
            "DESKTOP",
            "DESKTOP_POOL",
            "true",
            "2026-12-24",
            "12:30:00",
            "2026-12-24 12:30:00",
            "2026-12-24T12:30:00Z",
            "Asia/Shanghai",
            "key=value",
            "caf\u00e9 \u96ea \ud83d\ude80");

    private final Random random;
    private final IdPool ids;

    Values(Random random, IdPool ids) {
        this.random = random;
        this.ids = ids;
    }

    /** @param name of the member or parameter that it is for */
    Object of(String name, JsonObject schema) {
        if (schema.getValue("enum") instanceof JsonArray allowed && !allowed.isEmpty()) {
            return allowed.getValue(random.nextInt(allowed.size()));
        }
        Object example = schema.getValue("example");
        if (example != null && !IdPool.isId(name) && chance(30)) {
            return withRealIds(name, example);
        }
        String type = Samples.types(schema).stream().findFirst().orElse("object");
        return switch (type) {
            case "string" -> text(name, schema);
            case "integer", "number" -> number(schema);
            case "boolean" -> random.nextBoolean();
            case "array" -> list(name, schema);
            default -> object(schema);
        };
    }

    JsonObject object(JsonObject schema) {
        JsonObject object = new JsonObject();
        List<String> required = Samples.required(schema);
        Samples.properties(schema).forEach((name, rule) -> {
            if (required.contains(name) || chance(35)) {
                object.put(name, of(name, rule));
            }
        });
        return object;
    }

    private JsonArray list(String name, JsonObject schema) {
        int least = schema.getInteger("minItems", 0);
        int most = Math.min(schema.getInteger("maxItems", 1000), least + 3);
        JsonArray list = new JsonArray();
        int size = least + random.nextInt(most - least + 1);
        for (int i = 0; i < size; i++) {
            list.add(of(name, schema.getJsonObject("items", new JsonObject())));
        }
        return list;
    }

    private Object number(JsonObject schema) {
        long least = schema.getLong("minimum", 0L);
        long most = schema.getLong("maximum", least + 1000L);
        return switch (random.nextInt(5)) {
            case 0 -> least;
            case 1 -> most;
            default -> least + random.nextLong(Math.min(most - least, 20L) + 1);
        };
    }

    private String text(String name, JsonObject schema) {
        if (IdPool.isId(name)) {
            return id(IdPool.kind(name));
        }
        int least = schema.getInteger("minLength", 0);
        int most = schema.getInteger("maxLength", 1000);
        Optional<String> pattern = Optional.ofNullable(schema.getString("pattern"));
        List<String> fitting = WORDS.stream()
                .filter(word -> word.length() >= least && word.length() <= most)
                .filter(word ->
                        pattern.map(p -> word.matches(".*(?:" + p + ").*")).orElse(true))
                .toList();
        if (!fitting.isEmpty() && chance(pattern.isPresent() ? 100 : 60)) {
            return fitting.get(random.nextInt(fitting.size()));
        }
        String made = "n" + Integer.toString(random.nextInt(100_000), 36);
        String longEnough = made + "x".repeat(Math.max(0, least - made.length()));
        String text = chance(2) ? longEnough.repeat(most / longEnough.length()) : longEnough;
        return text.substring(0, Math.min(text.length(), most));
    }

    /** Mostly of something that there is. */
    String id(String kind) {
        return chance(90) ? ids.any(kind).orElseGet(this::idOfNothing) : idOfNothing();
    }

    private String idOfNothing() {
        return chance(70) ? new UUID(random.nextLong(), random.nextLong()).toString() : "n0nsense";
    }

    /** An example, about things that there are. */
    Object withRealIds(String name, Object example) {
        if (example instanceof JsonObject object) {
            JsonObject copy = new JsonObject();
            for (Map.Entry<String, Object> member : object) {
                copy.put(member.getKey(), withRealIds(member.getKey(), member.getValue()));
            }
            return object.containsKey(OBJECT_TYPE) ? copy.put("object_id", objectId(object)) : copy;
        }
        if (example instanceof JsonArray list) {
            JsonArray copy = new JsonArray();
            list.forEach(entry -> copy.add(withRealIds(name, entry)));
            return copy;
        }
        if (example instanceof String text && text.startsWith("{")) {
            return ((JsonObject) withRealIds(name, new JsonObject(text))).encode();
        }
        if (example instanceof String text) {
            // Names are unique in many places.
            return IdPool.isId(name)
                    ? id(IdPool.kind(name))
                    : name.equals("name") ? text + random.nextInt(100_000) : text;
        }
        return example;
    }

    /** What a schedule applies to says of itself what it is. */
    private @Nullable Object objectId(JsonObject object) {
        return switch (object.getString(OBJECT_TYPE)) {
            case "DESKTOP" -> id("desktop");
            case "DESKTOP_POOL" -> id("pool");
            default -> object.getValue("object_id");
        };
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }
}
