package io.deskwave.protocol;

/** How an attempt ended. The table in the README says when each is used and what it counts as. */
public enum ResultCode {
    /** The process ended by itself; the exit code tells success from failure. */
    EXITED,
    /** The run's time was up and the whole process tree was ended. */
    TIMED_OUT,
    /** A caller stopped it; FAILED when it ran, SKIP when it had not started. */
    STOPPED,
    /** No process could be started: interpreter missing, file not writable. */
    START_FAILED,
    /** The agent or the desktop went down in mid-run and the process is gone. */
    INTERRUPTED,
    /** It was sent, and there was no news until the deadline. */
    AGENT_LOST,
    /** The desktop was not online within the start timeout. */
    OFFLINE,
    /** The desktop cannot run this script type. */
    UNSUPPORTED,
    /** An earlier script of the same task failed on this desktop. */
    PREVIOUS_FAILED,
    /** The gray batch failed and the gate closed. */
    GRAY_HALTED
}
