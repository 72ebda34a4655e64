package io.deskwave.control.chaos;

import io.deskwave.control.chaos.History.Act;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Which runs were under way on a desktop while its disk was full. Any thread. */
final class Disturbed {
    private final Site site;
    private final Map<String, Set<String>> endedBefore = new HashMap<>();
    private final Set<String> runs = new HashSet<>();

    Disturbed(Site site) {
        this.site = site;
    }

    synchronized void begin(String desk) throws IOException {
        endedBefore.put(desk, runs(desk, false));
    }

    synchronized void end(String desk) throws IOException {
        Set<String> before = endedBefore.remove(desk);
        if (before != null) {
            Set<String> during = runs(desk, true);
            during.removeAll(before);
            runs.addAll(during);
        }
    }

    private Set<String> runs(String desk, boolean start) throws IOException {
        return Historian.acts(site.acts()).stream()
                .filter(act -> act.desk().equals(desk) && act.start() == start)
                .map(Act::run)
                .collect(Collectors.toCollection(HashSet::new));
    }

    synchronized Set<String> runs() {
        return Set.copyOf(runs);
    }
}
