package io.deskwave.control.iam;

import java.util.LinkedHashMap;
import java.util.Map;

/** Remembers a bounded number of entries: what was not used for the longest time goes. For one thread at a time. */
final class Latest<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;
    private final int most;

    Latest(int most) {
        super(16, 0.75f, true);
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
