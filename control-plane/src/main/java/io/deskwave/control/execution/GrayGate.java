package io.deskwave.control.execution;

/**
 * The rule that lets the rest go or not. Pure. Failures are FAILED records of the gray batch; skipped ones are no failures,
 * but they prove nothing either.
 */
public final class GrayGate {
    /** What the gate says, and why in words. */
    public record Decision(State state, String reason) {}

    public enum State {
        PENDING,
        OPEN,
        CLOSED
    }

    private GrayGate() {}

    /**
     * Decides from the gray batch's counts.
     *
     * @param total records of the gray batch
     * @param ended how many of them have ended
     * @param failed how many of them are FAILED
     * @param succeededDesktops gray desktops on which every script succeeded; counts only once all have ended
     * @param threshold at this many failures the gate closes
     */
    public static Decision decide(int total, int ended, int failed, int succeededDesktops, int threshold) {
        if (failed >= threshold) {
            return new Decision(
                    State.CLOSED,
                    failed + " of " + total + " gray records failed; the limit is " + threshold
                            + ", so the rest was not started");
        }
        if (ended < total) {
            return new Decision(State.PENDING, "");
        }
        if (succeededDesktops == 0) {
            return new Decision(State.CLOSED, "no gray desktop succeeded, so the rest was not started");
        }
        return new Decision(
                State.OPEN,
                "the gray batch ended with " + failed + " failures, below the limit of " + threshold + ", and "
                        + succeededDesktops + " desktops succeeded, so the rest was started");
    }

    /** The rule of a task in words, as answers and the console state it. */
    public static String rule(int grayDesktops, int otherDesktops, int threshold) {
        if (grayDesktops == 0) {
            return "No gray batch: " + otherDesktops + " desktops run at once.";
        }
        return grayDesktops + " gray desktops run first. The other " + otherDesktops
                + " start when every gray record has ended, fewer than " + threshold
                + " of them FAILED and at least one gray desktop succeeded. At " + threshold
                + " FAILED gray records the gate closes: what runs finishes, everything else is skipped as GRAY_HALTED.";
    }
}
