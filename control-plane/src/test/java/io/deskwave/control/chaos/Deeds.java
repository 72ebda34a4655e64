package io.deskwave.control.chaos;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What the workload knows that it did. Any thread. */
final class Deeds {
    private final Map<UUID, Integer> acknowledged = new HashMap<>();
    private final Set<UUID> retried = new HashSet<>();
    private int unknown;

    /** The API said that there is this task now, with so many records. */
    synchronized void acknowledged(String task, int records) {
        acknowledged.put(UUID.fromString(task), records);
    }

    /** An order whose answer was lost: there may be a task of it or not. */
    synchronized void unknown() {
        unknown++;
    }

    /** A retry was asked for, whatever came of it. */
    synchronized void retried(String task) {
        retried.add(UUID.fromString(task));
    }

    synchronized Map<UUID, Integer> acknowledged() {
        return Map.copyOf(acknowledged);
    }

    synchronized Set<UUID> retried() {
        return Set.copyOf(retried);
    }

    synchronized int unknownOrders() {
        return unknown;
    }
}
