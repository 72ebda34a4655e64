package io.deskwave.protocol;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended, as the agent saw it.
 *
 * @param code one of EXITED, TIMED_OUT, STOPPED, START_FAILED, INTERRUPTED, UNSUPPORTED
 * @param exitCode the process's exit code, unsigned on Windows; null when there was none
 * @param started whether a process was started at all
 * @param reason one sentence for a person; empty for a plain exit
 * @param endedAt when it ended, on the agent's clock
 * @param stdoutBytes bytes the script wrote to standard output, kept or cut
 * @param stderrBytes the same for standard error
 * @param endedProcesses what the agent had to end, as {@code pid name}; empty when the tree ended by itself
 * @param survivors what it could not end, as {@code pid name}; empty in all but broken cases
 */
public record Outcome(
        ResultCode code,
        @Nullable Integer exitCode,
        boolean started,
        String reason,
        Instant endedAt,
        long stdoutBytes,
        long stderrBytes,
        List<String> endedProcesses,
        List<String> survivors) {

    public Outcome {
        requireNonNull(code, "code");
        requireNonNull(endedAt, "ended_at");
        reason = Protocol.cut(reason, Protocol.MAX_REASON_CHARS);
        endedProcesses = named(endedProcesses);
        survivors = named(survivors);
        if (code == ResultCode.EXITED && exitCode == null) {
            throw new IllegalArgumentException("EXITED comes with an exit code");
        }
        if (stdoutBytes < 0 || stderrBytes < 0) {
            throw new IllegalArgumentException("byte counts must not be negative");
        }
    }

    /** A fork bomb has many processes: the first are enough to know it by. */
    private static List<String> named(List<String> processes) {
        return processes.stream()
                .limit(Protocol.MAX_NAMED_PROCESSES)
                .map(name -> Protocol.cut(name, Protocol.MAX_PROCESS_CHARS))
                .toList();
    }
}
