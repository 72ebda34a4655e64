package io.deskwave.agent;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Outcomes that were given up because nobody took them: counted, and told with the next outcome, so that it stands in a record
 * and not in a log alone. What an outcome tells that is not taken either, a later one tells. Of this agent process. Event loop.
 */
final class GivenUp {
    private static final Logger LOG = LoggerFactory.getLogger(GivenUp.class);
    /** The outcomes that tell, and how much. */
    private final Map<AttemptId, Integer> tellers = new HashMap<>();

    private int untold;

    void add(AttemptId id, String why) {
        untold++;
        notTaken(id);
        LOG.warn("{} is given up, and its outcome with it: {}", id, why);
    }

    /** The control plane has the outcome, and what it tells. */
    void taken(AttemptId id) {
        tellers.remove(id);
    }

    /** The control plane does not want the outcome. */
    void notTaken(AttemptId id) {
        Integer told = tellers.remove(id);
        untold += told == null ? 0 : told;
    }

    /** The reason of an attempt's outcome, and with it what was not told yet. */
    String toldWith(AttemptId id, String reason) {
        if (untold == 0) {
            return reason;
        }
        String told = "(before this the agent gave up " + untold + (untold == 1 ? " outcome" : " outcomes")
                + " that the control plane did not take)";
        tellers.merge(id, untold, Integer::sum);
        untold = 0;
        return reason.isEmpty() ? told : reason + " " + told;
    }
}
