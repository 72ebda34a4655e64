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
                    failed + " of " + counted(total, "gray record", "gray records") + " failed; the limit is "
                            + threshold + ", so the rest was not started");
        }
        if (ended < total) {
            return new Decision(State.PENDING, "");
        }
        if (succeededDesktops == 0) {
            return new Decision(State.CLOSED, "no gray desktop succeeded, so the rest was not started");
        }
        return new Decision(
                State.OPEN,
                "the gray batch ended with " + counted(failed, "failure", "failures") + ", below the limit of "
                        + threshold + ", and " + counted(succeededDesktops, "desktop", "desktops")
                        + " succeeded, so the rest was started");
    }

    /** The rule of a task in words, as answers and the console state it. */
    public static String rule(int grayDesktops, int otherDesktops, int threshold) {
        if (grayDesktops == 0) {
            return "No gray batch: " + counted(otherDesktops, "desktop runs", "desktops run") + " at once.";
        }
        return counted(grayDesktops, "gray desktop runs", "gray desktops run") + " first. The other "
                + (otherDesktops == 1 ? "desktop starts" : otherDesktops + " desktops start")
                + " when every gray record has ended, "
                + (threshold == 1 ? "none" : "fewer than " + threshold)
                + " of them FAILED and at least one gray desktop succeeded. At "
                + counted(threshold, "FAILED gray record", "FAILED gray records")
                + " the gate closes: what runs finishes, everything else is skipped as GRAY_HALTED.";
    }

    private static String counted(int count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }
}
