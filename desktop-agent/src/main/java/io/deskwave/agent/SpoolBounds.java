package io.deskwave.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** How much may wait for a control plane that is away: outputs first give way, then, far later, outcomes. Pure. */
final class SpoolBounds {
    static final long MAX_BYTES = 256L * 1024 * 1024;
    static final int MAX_OUTPUTS = 500;
    static final int MAX_ENTRIES = 5000;

    private SpoolBounds() {}

    /** Those whose output has to go, given all that ended, newest first. */
    static <T> List<T> tooMuch(List<T> newestFirst, ToLongFunction<T> keptBytes) {
        var drop = new ArrayList<T>();
        long bytes = 0;
        int outputs = 0;
        for (T each : newestFirst) {
            long kept = keptBytes.applyAsLong(each);
            if (kept > 0 && (bytes + kept > MAX_BYTES || outputs >= MAX_OUTPUTS)) {
                drop.add(each);
            } else if (kept > 0) {
                bytes += kept;
                outputs++;
            }
        }
        return drop;
    }

    /** Those that have to go altogether. */
    static <T> List<T> tooMany(List<T> newestFirst) {
        return newestFirst.subList(Math.min(MAX_ENTRIES, newestFirst.size()), newestFirst.size());
    }
}
