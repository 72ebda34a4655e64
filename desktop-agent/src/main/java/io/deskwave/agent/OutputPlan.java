package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;

/**
 * What is sent of two finished streams: of each the bytes before {@code headEnd} and those from {@code tailStart} to
 * {@code end}. Together exactly the limit, or everything where that is less. Pure.
 */
record OutputPlan(Part stdout, Part stderr) {

    /** Nothing is cut where {@code headEnd == tailStart}. */
    record Part(long headEnd, long tailStart, long end) {
        static final Part NOTHING = new Part(0, 0, 0);

        long kept() {
            return headEnd + end - tailStart;
        }

        Part upTo(long size) {
            return size >= end ? this : new Part(Math.min(headEnd, size), Math.min(tailStart, size), size);
        }

        /** Where the byte to send after {@code offset} bytes is. */
        long next(long offset) {
            return offset >= headEnd && offset < tailStart ? tailStart : offset;
        }

        /** Up to where bytes may be sent from {@link #next} on. */
        long until(long offset) {
            return offset < headEnd ? headEnd : end;
        }
    }

    static final OutputPlan NOTHING = new OutputPlan(Part.NOTHING, Part.NOTHING);

    /** How many bytes of the limit are sent live, as they come. */
    static long headBudget(long limit) {
        return limit / 2;
    }

    /**
     * @param sentStdout how much of it was sent as it came; with {@code sentStderr} at most the head's budget
     * @param sizeStdout all of it
     */
    static OutputPlan of(long limit, long sentStdout, long sentStderr, long sizeStdout, long sizeStderr) {
        if (sizeStdout + sizeStderr <= limit) {
            return new OutputPlan(whole(sizeStdout), whole(sizeStderr));
        }
        long[] head = share(
                Math.max(0, headBudget(limit) - sentStdout - sentStderr),
                sizeStdout - sentStdout,
                sizeStderr - sentStderr);
        long headStdout = sentStdout + head[0];
        long headStderr = sentStderr + head[1];
        long[] tail = share(limit - headStdout - headStderr, sizeStdout - headStdout, sizeStderr - headStderr);
        return new OutputPlan(
                new Part(headStdout, sizeStdout - tail[0], sizeStdout),
                new Part(headStderr, sizeStderr - tail[1], sizeStderr));
    }

    /** What is left of it where the files are shorter than they were. */
    OutputPlan upTo(long sizeStdout, long sizeStderr) {
        return new OutputPlan(stdout.upTo(sizeStdout), stderr.upTo(sizeStderr));
    }

    Part of(OutputStreamName stream) {
        return switch (stream) {
            case STDOUT -> stdout;
            case STDERR -> stderr;
        };
    }

    private static Part whole(long size) {
        return new Part(size, size, size);
    }

    /** Half for each, and what one does not need for the other. */
    private static long[] share(long budget, long wantFirst, long wantSecond) {
        long first = Math.min(wantFirst, budget / 2);
        long second = Math.min(wantSecond, budget - first);
        return new long[] {Math.min(wantFirst, budget - second), second};
    }
}
