package io.deskwave.control.execution;

import io.deskwave.control.db.Conditions;
import java.util.List;

/**
 * Where in the queue the executions of a span of time are: between two queue numbers, and in a few tasks before these that
 * went on for long. It holds at least what the span holds; the times themselves are still compared.
 *
 * @param above the numbers greater than this
 * @param below and less than this
 * @param earlier numbers up to {@code above}, in no order
 */
record QueueWindow(long above, long below, List<Long> earlier) {
    static final QueueWindow ALL = new QueueWindow(Long.MIN_VALUE, Long.MAX_VALUE, List.of());

    QueueWindow {
        earlier = List.copyOf(earlier);
    }

    Conditions span(Conditions conditions, String queueNo) {
        if (above != Long.MIN_VALUE) {
            conditions.with(queueNo + " > ?", above);
        }
        return below == Long.MAX_VALUE ? conditions : conditions.with(queueNo + " < ?", below);
    }

    Conditions earlier(Conditions conditions, String queueNo) {
        return conditions.with(queueNo + " = ANY(?)", earlier.toArray(Long[]::new));
    }
}
