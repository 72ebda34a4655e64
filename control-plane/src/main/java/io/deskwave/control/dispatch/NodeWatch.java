package io.deskwave.control.dispatch;

import io.deskwave.control.desktop.NodeStore.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Tells which other nodes are dead: those whose trace was the same at every look for 20 s, by the time counted here, while
 * this node looked every few seconds. So neither an outage of the database, which silences all at once, nor clocks that
 * differ make a node look dead. Used on one event loop.
 */
final class NodeWatch {
    static final long DEAD_AFTER_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** Who did not look for so long begins anew: the others may have been silent for the same reason. */
    static final long BLINK_NANOS = TimeUnit.SECONDS.toNanos(8);

    private final Map<UUID, Since> watched = new HashMap<>();
    private long lookedAt;

    private record Since(Trace trace, long at) {}

    /** Those that are dead, by what was read between the question and the answer. */
    List<Trace> dead(List<Trace> others, long askedAt, long answeredAt) {
        if (answeredAt - lookedAt > BLINK_NANOS) {
            watched.clear();
        }
        lookedAt = answeredAt;
        watched.keySet().retainAll(others.stream().map(Trace::nodeId).toList());
        var dead = new ArrayList<Trace>();
        for (Trace trace : others) {
            Since since = watched.get(trace.nodeId());
            if (since == null || !since.trace().equals(trace)) {
                watched.put(trace.nodeId(), new Since(trace, answeredAt));
            } else if (askedAt - since.at() >= DEAD_AFTER_NANOS) {
                dead.add(trace);
            }
        }
        return dead;
    }

    /** Whether another node was there at the last look, besides those that end with this one. */
    boolean seesOthers(Set<UUID> companions) {
        return watched.values().stream()
                .map(Since::trace)
                .anyMatch(trace -> trace.beats() != null && !companions.contains(trace.nodeId()));
    }
}
