package io.deskwave.control.iam;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a user has in one project.
 *
 * @param tokensGeneration only tokens of this generation are good
 * @param single           the permissions that were given singly
 */
record Grant(
        String userName, long tokensGeneration, Place project, Place domain, Set<String> single, List<Group> groups) {
    Grant {
        single = Set.copyOf(single);
        groups = List.copyOf(groups);
    }

    /** A project, or the account that it belongs to. */
    record Place(String id, String name, String description) {}

    /** A group of permissions. */
    record Group(String id, String name, Set<String> permissions) {
        Group {
            permissions = Set.copyOf(permissions);
        }
    }

    String projectId() {
        return project.id();
    }

    Permissions permissions() {
        Set<String> all = new HashSet<>(single);
        groups.forEach(group -> all.addAll(group.permissions()));
        return new Permissions(all);
    }

    /** The same, with what the built-in groups stand for. */
    Grant resolved(Map<String, Set<String>> builtIn) {
        List<Group> resolved = groups.stream()
                .map(g -> new Group(g.id(), g.name(), builtIn.getOrDefault(g.id(), g.permissions())))
                .toList();
        return new Grant(userName, tokensGeneration, project, domain, single, resolved);
    }
}
