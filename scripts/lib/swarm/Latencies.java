package io.deskwave.agent;

import io.vertx.core.json.JsonObject;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** How long things took, in classes that are 2 % wide, so that it stays small and those of several processes add up. Any thread. */
public final class Latencies {
    private static final double WIDTH = Math.log(1.02);
    private static final int CLASSES = 1000;

    private final AtomicLongArray counts = new AtomicLongArray(CLASSES);

    void add(long nanos) {
        int at = (int) Math.ceil(Math.log(Math.max(1, nanos / 10_000.0)) / WIDTH);
        counts.incrementAndGet(Math.min(CLASSES - 1, at));
    }

    JsonObject json() {
        var classes = new JsonObject();
        for (int i = 0; i < CLASSES; i++) {
            if (counts.get(i) > 0) {
                classes.put(Integer.toString(i), counts.get(i));
            }
        }
        return classes;
    }

    /** Nearest rank, in milliseconds, of what {@link #json} gave; 0 when there is nothing. */
    public static double percentile(JsonObject classes, int percent) {
        var sorted = new TreeMap<Integer, Long>();
        classes.forEach(each -> sorted.put(Integer.parseInt(each.getKey()), ((Number) each.getValue()).longValue()));
        long all = sorted.values().stream().mapToLong(Long::longValue).sum();
        long rank = (long) Math.ceil(percent / 100.0 * all);
        for (var each : sorted.entrySet()) {
            rank -= each.getValue();
            if (rank <= 0) {
                return Math.round(Math.exp(each.getKey() * WIDTH) / 10) / 10.0;
            }
        }
        return 0;
    }
}
