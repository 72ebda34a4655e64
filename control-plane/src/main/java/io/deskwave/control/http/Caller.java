package io.deskwave.control.http;

import java.util.Set;

/**
 * Who sends a request, and what they may do in the one project their credentials are for.
 *
 * @param domainId    the account that the user belongs to; empty where there is none
 * @param projectId   empty when the credentials are for the account and for no project
 * @param accessKey   the key that the request was signed with; empty when a token was sent
 * @param permissions the vendor's action names; one trailing {@code *} stands for the rest of the name
 */
public record Caller(
        String userId, String userName, String domainId, String projectId, String accessKey, Set<String> permissions) {
    public Caller {
        permissions = Set.copyOf(permissions);
    }

    public Caller(String userId, String userName, String projectId, Set<String> permissions) {
        this(userId, userName, "", projectId, permissions);
    }

    public Caller(String userId, String userName, String domainId, String projectId, Set<String> permissions) {
        this(userId, userName, domainId, projectId, "", permissions);
    }

    public Caller signedWith(String key) {
        return new Caller(userId, userName, domainId, projectId, key, permissions);
    }

    public boolean may(String action) {
        return permissions.contains(action)
                || permissions.stream()
                        .anyMatch(p -> p.endsWith("*") && action.startsWith(p.substring(0, p.length() - 1)));
    }
}
