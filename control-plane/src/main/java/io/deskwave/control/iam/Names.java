package io.deskwave.control.iam;

import io.vertx.core.json.JsonArray;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Sets of names as JSON, and back. Pure. */
final class Names {
    private Names() {}

    static Set<String> set(JsonArray names) {
        return names.stream().map(String::valueOf).collect(Collectors.toCollection(TreeSet::new));
    }

    static JsonArray sorted(Collection<String> names) {
        return new JsonArray(List.copyOf(new TreeSet<>(names)));
    }
}
