package io.deskwave.control.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ids of what there is, by kind, learned from answers: so that requests reach real things. For one thread. */
final class IdPool {
    private static final int MOST_OF_A_KIND = 64;
    private static final Map<String, String> OTHER_WORDS = Map.of("resource", "desktop", "group", "pool");

    private final Map<String, List<String>> ids = new HashMap<>();
    private final Set<String> untouchable;
    private final Random random;

    /** @param untouchable ids that must not be changed or deleted, since the requests are sent in their name */
    IdPool(Random random, Set<String> untouchable) {
        this.random = random;
        this.untouchable = untouchable;
    }

    /** What a member, a parameter or a step of a path is the id of: {@code gray_desktop_ids} of a desktop. */
    static String kind(String name) {
        String bare = name.toLowerCase(Locale.ROOT)
                .replace('-', '_')
                .replaceAll("_ids?$", "")
                .replaceAll("s$", "");
        String last = bare.substring(bare.lastIndexOf('_') + 1);
        return OTHER_WORDS.getOrDefault(last, last);
    }

    static boolean isId(String name) {
        return name.matches("(?i).*_ids?");
    }

    void learn(String kind, String id) {
        if (id.isEmpty() || untouchable.contains(id)) {
            return;
        }
        List<String> known = ids.computeIfAbsent(kind, k -> new ArrayList<>());
        if (known.contains(id)) {
            return;
        }
        if (known.size() < MOST_OF_A_KIND) {
            known.add(id);
        } else {
            known.set(random.nextInt(MOST_OF_A_KIND), id);
        }
    }

    /** Takes all ids out of an answer. */
    void learnFrom(ApiOperation operation, Object json) {
        String[] steps = operation.path().split("/", -1);
        learn(kind(steps[steps.length - 1].replaceAll("[{}]", "")), json);
    }

    private void learn(String kind, @Nullable Object json) {
        if (json instanceof JsonArray list) {
            list.forEach(entry -> learn(kind, entry));
        } else if (json instanceof JsonObject object) {
            object.forEach(member -> {
                String name = member.getKey();
                if (member.getValue() instanceof String text) {
                    if (name.equals("id")) {
                        learn(kind, text);
                    } else if (isId(name)) {
                        learn(kind(name), text);
                    }
                } else {
                    learn(kind(name), member.getValue());
                }
            });
        }
    }

    /** One of a kind, or nothing that exists. */
    Optional<String> any(String kind) {
        List<String> known = ids.getOrDefault(kind, List.of());
        return known.isEmpty() ? Optional.empty() : Optional.of(known.get(random.nextInt(known.size())));
    }

    void forget(String id) {
        ids.values().forEach(known -> known.remove(id));
    }

    int size(String kind) {
        return ids.getOrDefault(kind, List.of()).size();
    }
}
