package io.deskwave.control.iam;

import io.deskwave.control.http.Actions;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The groups of permissions that every installation has. What a viewer may do is read off the document: whatever changes
 * nothing, except who the people are and which keys they have. They grow with the document, so they are not in the database.
 */
final class BuiltInGroups {
    static final String ADMINISTRATOR = "administrator";
    static final String OPERATOR = "operator";
    static final String VIEWER = "viewer";

    /** What everybody may do with regard to themselves takes no permission. */
    private static final String PEOPLE = "iam:";

    /** Besides what a viewer may do: run things, not shape them. */
    private static final Set<String> OPERATING = Set.of(
            "workspace:scripts:execute*",
            "workspace:scripts:retry",
            "workspace:scripts:stop",
            "workspace:desktopPools:executeScripts",
            "workspace:desktopPools:operate",
            "workspace:desktopPools:sendNotifications",
            "workspace:desktops:operate",
            "workspace:desktops:batchCreateSnapshots",
            "workspace:desktops:operateTags",
            "workspace:desktops:tag",
            "workspace:desktops:untag",
            "workspace:desktops:logoff",
            "workspace:desktops:sendNotifications",
            "workspace:desktops:setMaintenanceMode",
            "workspace:tags:*",
            "workspace:scheduledTasks:*",
            "workspace:tenants:exportData",
            "workspace:tenants:deleteExportTasks");

    private final Future<Actions> actions;

    BuiltInGroups(Vertx vertx) {
        this.actions = Actions.load(vertx);
    }

    Future<Actions> actions() {
        return actions;
    }

    /** By the id of the group. */
    Future<Map<String, Set<String>>> permissions() {
        return actions.map(BuiltInGroups::of);
    }

    /** Fails with {@link ApiException.BadRequest} for a name that stands for nothing: a misspelt one must not look granted. */
    Future<Void> requireKnown(Collection<String> names) {
        return actions.map(known -> {
            Set<String> all = known.all();
            for (String name : names) {
                Permissions one = new Permissions(Set.of(name));
                if (all.stream().noneMatch(one::cover)) {
                    throw new ApiException.BadRequest(
                            "there is no permission " + name
                                    + ": send one that stands as x-permission in /openapi.json, or the beginning of some and *");
                }
            }
            return null;
        });
    }

    /** In capitals or not, and however wide the letters. */
    static boolean hasName(String name) {
        String plain = Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return Set.of(ADMINISTRATOR, OPERATOR, VIEWER).contains(plain.strip());
    }

    static Map<String, Set<String>> of(Actions actions) {
        Set<String> viewer = actions.reading();
        viewer.removeIf(action -> action.startsWith(PEOPLE));
        Set<String> operator = new HashSet<>(OPERATING);
        operator.addAll(viewer);
        return Map.of(ADMINISTRATOR, Set.of(Permissions.EVERYTHING), OPERATOR, operator, VIEWER, viewer);
    }
}
