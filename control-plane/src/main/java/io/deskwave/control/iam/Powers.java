package io.deskwave.control.iam;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a user may do in each project. Pure. */
record Powers(Map<String, Permissions> byProject) {
    Powers {
        byProject = Map.copyOf(byProject);
    }

    static Powers of(List<Grant> grants) {
        Map<String, Permissions> byProject = new HashMap<>();
        grants.forEach(grant -> byProject.put(grant.projectId(), grant.permissions()));
        return new Powers(byProject);
    }

    boolean reach(String projectId) {
        return byProject.containsKey(projectId);
    }

    Permissions in(String projectId) {
        return byProject.getOrDefault(projectId, Permissions.NONE);
    }

    /** Whether nobody gains anything who acts for the other one. */
    boolean cover(Powers others) {
        return others.byProject().entrySet().stream()
                .allMatch(there -> in(there.getKey()).cover(there.getValue()));
    }
}
