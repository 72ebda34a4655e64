package io.deskwave.agent;

import java.util.List;

/** The sentences of outcomes. Pure. */
final class Reasons {
    private static final int NAMED = 10;

    private Reasons() {}

    /** Such as {@code ended after 60 s: 2 processes ended (7 sleep, 8 sh)}. */
    static String ended(String why, ProcessTree.Ended tree) {
        String text = why + ": " + count(tree.ended()) + " ended" + names(tree.ended());
        return tree.survivors().isEmpty()
                ? text
                : text + ", " + count(tree.survivors()) + " could not be ended" + names(tree.survivors());
    }

    private static String count(List<String> processes) {
        return processes.size() == 1 ? "1 process" : processes.size() + " processes";
    }

    private static String names(List<String> processes) {
        if (processes.isEmpty()) {
            return "";
        }
        String more = processes.size() > NAMED ? ", ..." : "";
        return " (" + String.join(", ", processes.subList(0, Math.min(NAMED, processes.size()))) + more + ")";
    }
}
