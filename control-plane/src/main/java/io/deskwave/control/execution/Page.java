package io.deskwave.control.execution;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Some of the rows that match.
 *
 * @param count how many match in all; when {@code isMinimum}, at least so many, and that lies beyond this page: who reads on
 *     until {@code offset + rows >= count} reads everything
 */
record Page(long count, boolean isMinimum, List<JsonObject> rows) {
    static final Page EMPTY = new Page(0, false, List.of());

    Page {
        rows = List.copyOf(rows);
    }

    Page withCount(long total) {
        return new Page(total, false, rows);
    }

    /**
     * Which rows a page needs, and how far to look for more of them: counting on costs as much as reading on, so that it
     * goes up to 10,000, and for a page beyond that to 1,000 after it.
     */
    record Span(int offset, int limit) {
        private static final long COUNTED = 10_000;
        private static final long COUNTED_BEYOND = 1_000;

        /** When the total is known by other means. */
        long rows() {
            return (long) offset + limit;
        }

        long bound() {
            return Math.max(COUNTED, rows() + COUNTED_BEYOND);
        }
    }
}
