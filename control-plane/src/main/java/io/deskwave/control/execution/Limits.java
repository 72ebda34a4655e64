package io.deskwave.control.execution;

/**
 * How much may be under way. What is beyond is refused, with nothing stored: a queue without an end only hides that
 * something makes more than the desktops can run.
 *
 * @param openTasks tasks of a project that have not ended
 * @param desktopRecords records of one desktop that have not ended, those of batches that were not released included
 */
public record Limits(int openTasks, int desktopRecords) {
    public static final Limits USUAL = new Limits(10_000, 1_000);

    public Limits {
        if (openTasks < 1 || desktopRecords < 1) {
            throw new IllegalArgumentException("limits must be positive");
        }
    }
}
