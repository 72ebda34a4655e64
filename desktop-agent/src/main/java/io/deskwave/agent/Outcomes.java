package io.deskwave.agent;

import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Makes outcomes. Pure but for the clock. */
final class Outcomes {
    private Outcomes() {}

    static Outcome of(
            ResultCode code,
            OptionalInt exit,
            boolean started,
            String reason,
            OutputSpool.Sizes sizes,
            ProcessTree.@Nullable Ended tree) {
        return new Outcome(
                code,
                exit.isPresent() ? exit.getAsInt() : null,
                started,
                reason,
                Instant.now(),
                sizes.stdout(),
                sizes.stderr(),
                tree == null ? List.of() : tree.ended(),
                tree == null ? List.of() : tree.survivors());
    }

    static Outcome notStarted(ResultCode code, String reason) {
        return new Outcome(code, null, false, reason, Instant.now(), 0, 0, List.of(), List.of());
    }

    static Outcome withReason(Outcome outcome, String reason) {
        return new Outcome(
                outcome.code(),
                outcome.exitCode(),
                outcome.started(),
                reason,
                outcome.endedAt(),
                outcome.stdoutBytes(),
                outcome.stderrBytes(),
                outcome.endedProcesses(),
                outcome.survivors());
    }

    static String sentence(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
