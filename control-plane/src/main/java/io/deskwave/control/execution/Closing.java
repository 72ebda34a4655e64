package io.deskwave.control.execution;

import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a record is to end. Names the state it expects: the attempt, and that the record has not ended.
 *
 * @param keepBusy whether the desktop stays taken, for a step that follows
 * @param startedAt the start, when its news came together with the end; with the charset of its console
 */
record Closing(
        UUID recordId,
        int attempt,
        RecordStatus status,
        ResultCode code,
        @Nullable Integer exitCode,
        String reason,
        Instant endedAt,
        long stdoutBytes,
        long stderrBytes,
        boolean keepBusy,
        @Nullable Instant startedAt,
        @Nullable String charset) {

    /** As the agent saw it: the success codes tell success from failure, a start tells FAILED from SKIP. */
    static Closing of(UUID recordId, int attempt, Outcome outcome, List<Integer> successCodes) {
        return new Closing(
                recordId,
                attempt,
                status(outcome, successCodes),
                outcome.code(),
                outcome.exitCode(),
                reason(outcome),
                outcome.endedAt(),
                outcome.stdoutBytes(),
                outcome.stderrBytes(),
                false,
                null,
                null);
    }

    /** Without an agent's word. */
    static Closing of(OpenRecord record, RecordStatus status, ResultCode code, String reason, Instant now) {
        return new Closing(record.id(), record.attempt(), status, code, null, reason, now, 0, 0, false, null, null);
    }

    Closing keepingBusy() {
        return with(true, startedAt, charset);
    }

    Closing startedToo(Instant at, String consoleCharset) {
        return with(keepBusy, at, consoleCharset);
    }

    private Closing with(boolean busy, @Nullable Instant at, @Nullable String consoleCharset) {
        return new Closing(
                recordId,
                attempt,
                status,
                code,
                exitCode,
                reason,
                endedAt,
                stdoutBytes,
                stderrBytes,
                busy,
                at,
                consoleCharset);
    }

    /** An agent may only say what an agent can know; anything else counts as a failed start. */
    static boolean isAgentsWord(ResultCode code) {
        return switch (code) {
            case EXITED, TIMED_OUT, STOPPED, START_FAILED, INTERRUPTED, UNSUPPORTED -> true;
            case AGENT_LOST, OFFLINE, PREVIOUS_FAILED, GRAY_HALTED -> false;
        };
    }

    private static RecordStatus status(Outcome outcome, List<Integer> successCodes) {
        return switch (outcome.code()) {
            case EXITED -> successCodes.contains(outcome.exitCode()) ? RecordStatus.SUCCESS : RecordStatus.FAILED;
            case STOPPED -> outcome.started() ? RecordStatus.FAILED : RecordStatus.SKIP;
            case UNSUPPORTED, OFFLINE, PREVIOUS_FAILED, GRAY_HALTED -> RecordStatus.SKIP;
            case TIMED_OUT, START_FAILED, INTERRUPTED, AGENT_LOST -> RecordStatus.FAILED;
        };
    }

    private static String reason(Outcome outcome) {
        if (!outcome.reason().isEmpty() || outcome.code() != ResultCode.EXITED) {
            return outcome.reason();
        }
        Integer exit = outcome.exitCode();
        if (exit != null && (exit == 3010 || exit == 1641)) {
            return "exit code " + exit + ": the program wants a reboot";
        }
        return "";
    }
}
