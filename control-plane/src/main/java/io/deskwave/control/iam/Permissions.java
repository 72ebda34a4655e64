package io.deskwave.control.iam;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** A set of permissions: the vendor's action names; one trailing {@code *} stands for the rest of the name. Pure. */
record Permissions(Set<String> names) {
    static final Permissions NONE = new Permissions(Set.of());
    static final String EVERYTHING = "*";

    Permissions {
        names = Set.copyOf(names);
    }

    Permissions and(Collection<String> more) {
        Set<String> all = new HashSet<>(names);
        all.addAll(more);
        return new Permissions(all);
    }

    /** Whether who has these may do whatever the name stands for, what is not invented yet included. */
    boolean cover(String name) {
        return names.contains(name)
                || names.stream()
                        .filter(n -> n.endsWith("*"))
                        .anyMatch(n -> name.startsWith(n.substring(0, n.length() - 1)));
    }

    boolean cover(Permissions others) {
        return others.names().stream().allMatch(this::cover);
    }
}
