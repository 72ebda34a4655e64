package io.deskwave.control.execution;

import io.deskwave.control.db.Conditions;
import java.util.List;

/**
 * Where in the queue the executions of a span of time are: between two queue numbers everything was executed in the span, and
 * nothing elsewhere, but for some tasks of which only a part may have been. Only there the times, which are in no index, are
 * looked at.
 *
 * @param above the numbers greater than this
 * @param below and less than this
 * @param partly numbers of those tasks, anywhere and in no order
 */
record QueueWindow(long above, long below, List<Long> partly) {
    static final QueueWindow ALL = new QueueWindow(Long.MIN_VALUE, Long.MAX_VALUE, List.of());

    QueueWindow {
        partly = List.copyOf(partly);
    }

    /** The tasks that lie in the span as a whole. */
    Conditions span(Conditions conditions, String queueNo) {
        if (above != Long.MIN_VALUE) {
            conditions.with(queueNo + " > ?", above);
        }
        if (below != Long.MAX_VALUE) {
            conditions.with(queueNo + " < ?", below);
        }
        return partly.isEmpty() ? conditions : conditions.with(queueNo + " <> ALL(?)", partly.toArray(Long[]::new));
    }

    Conditions partly(Conditions conditions, String queueNo) {
        return conditions.with(queueNo + " = ANY(?)", partly.toArray(Long[]::new));
    }
}
