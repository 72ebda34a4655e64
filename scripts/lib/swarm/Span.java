package io.deskwave.agent;

import java.util.random.RandomGenerator;

/** From {@code least} to {@code most}, both included: written {@code 500} or {@code 500-3000}; {@code forever} has no end. */
record Span(long least, long most) {
    private static final long FOREVER = Long.MAX_VALUE;
    private static final long MOST = 86_400_000;

    /** @throws IllegalArgumentException with what it takes, to be put behind the flag's name */
    static Span parse(String text) {
        if (text.equals("forever")) {
            return new Span(FOREVER, FOREVER);
        }
        String[] ends = text.split("-", 2);
        try {
            long least = Long.parseLong(ends[0]);
            long most = ends.length == 1 ? least : Long.parseLong(ends[1]);
            if (0 <= least && least <= most && most <= MOST) {
                return new Span(least, most);
            }
        } catch (NumberFormatException e) {
            // answered below, like a number out of range
        }
        throw new IllegalArgumentException(
                "takes a whole number from 0 to " + MOST + ", a range such as 500-3000, or forever, not " + text);
    }

    long pick(RandomGenerator random) {
        return least == most ? least : random.nextLong(least, most + 1);
    }
}
