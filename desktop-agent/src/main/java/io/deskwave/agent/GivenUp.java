package io.deskwave.agent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Outcomes that were given up because nobody took them: counted, and told with the next outcome, so that it stands in a record
 * and not in a log alone. Of this agent process. Event loop.
 */
final class GivenUp {
    private static final Logger LOG = LoggerFactory.getLogger(GivenUp.class);
    private int untold;

    void add(AttemptId id, String why) {
        untold++;
        LOG.warn("{} is given up, and its outcome with it: {}", id, why);
    }

    /** The reason of an outcome, and with it what was not told yet. */
    String toldWith(String reason) {
        if (untold == 0) {
            return reason;
        }
        String told = "(before this the agent gave up " + untold + (untold == 1 ? " outcome" : " outcomes")
                + " that the control plane did not take)";
        untold = 0;
        return reason.isEmpty() ? told : reason + " " + told;
    }
}
