package io.deskwave.control.execution;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/**
 * Ids that grow with time (UUID version 7, RFC 9562), so that rows made together lie together: an index over random ids
 * reads and writes a page for each row. The order within one call is kept.
 */
final class TimeOrderedIds {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BLOCK = 1 << 12;

    private TimeOrderedIds() {}

    /** {@code count} new ids; those beyond the 4,096 of one millisecond take the milliseconds that follow. */
    static UUID[] make(Instant now, int count) {
        UUID[] ids = new UUID[count];
        for (int i = 0; i < count; i++) {
            long millis = now.toEpochMilli() + i / BLOCK;
            long high = millis << 16 | 0x7000 | i % BLOCK;
            long low = RANDOM.nextLong() >>> 2 | 0x8000_0000_0000_0000L;
            ids[i] = new UUID(high, low);
        }
        return ids;
    }
}
