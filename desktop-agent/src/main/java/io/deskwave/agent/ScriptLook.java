package io.deskwave.agent;

import io.deskwave.protocol.ResultCode;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What one look at a script found. Looking never fails, so that nothing a script does to its files puts off its end.
 *
 * @param overCap whether its output fills the disk
 */
record ScriptLook(OutputSpool.Sizes sizes, OptionalInt exitCode, boolean alive, Duration elapsed, boolean overCap) {

    /** Why a script has to be ended, or cleared away. */
    record Ending(ResultCode code, String why) {}

    /** What follows for a script that has not told its exit code. Pure. */
    Optional<Ending> ending(JournalEntry.@Nullable Order order, boolean stopWanted) {
        int seconds = order == null ? 0 : order.timeoutSeconds();
        if (!alive) {
            return Optional.of(new Ending(ResultCode.INTERRUPTED, "the script's process is gone without an exit code"));
        }
        if (stopWanted) {
            return Optional.of(new Ending(ResultCode.STOPPED, "stopped"));
        }
        if (elapsed.compareTo(Duration.ofSeconds(seconds)) >= 0) {
            return Optional.of(new Ending(ResultCode.TIMED_OUT, "ended after " + seconds + " s"));
        }
        return overCap
                ? Optional.of(new Ending(ResultCode.STOPPED, "stopped because its output fills the disk"))
                : Optional.empty();
    }
}
