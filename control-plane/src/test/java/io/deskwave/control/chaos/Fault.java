package io.deskwave.control.chaos;

import java.util.Set;

/**
 * One thing that can go wrong, and how it is put right again.
 *
 * @param kind what is counted
 * @param needs what no other fault may have in its hands meanwhile
 * @param weight how often this kind comes, among all kinds
 */
record Fault(
        String kind,
        String target,
        Set<String> needs,
        int weight,
        int leastSeconds,
        int mostSeconds,
        Step begin,
        Step end) {

    interface Step {
        void run() throws Exception;
    }
}
