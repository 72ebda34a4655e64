package io.deskwave.control.execution;

import io.deskwave.control.desktop.TagMatch;
import io.deskwave.protocol.ScriptType;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A checked request to run something.
 *
 * @param grayCount 0 for none
 * @param grayFailThreshold null where the caller gave none: then 1
 * @param thresholdBelowCount the rule of the operation: below gray_count, or up to the size of the gray batch
 * @param startTimeoutMinutes bounds the waiting for a desktop
 * @param executionTimeoutMinutes bounds the run
 * @param createdBy the caller, for the story
 */
public record ExecutionRequest(
        String projectId,
        Target target,
        Work work,
        int grayCount,
        List<UUID> grayIds,
        @Nullable Integer grayFailThreshold,
        boolean thresholdBelowCount,
        int startTimeoutMinutes,
        int executionTimeoutMinutes,
        @Nullable PreStart preStart,
        @Nullable PostFinish postFinish,
        String createdBy) {

    public static final int DEFAULT_START_TIMEOUT_MINUTES = 10;
    public static final int DEFAULT_EXECUTION_TIMEOUT_MINUTES = 1;

    public ExecutionRequest {
        grayIds = List.copyOf(grayIds);
    }

    /** Before the desktop's first script of the task. */
    public enum PreStart {
        START,
        REBOOT
    }

    /** After the desktop's last script of the task. */
    public enum PostFinish {
        STOP,
        REBOOT
    }

    /** Where to run it. */
    public sealed interface Target {
        record Desktops(List<UUID> ids) implements Target {
            public Desktops {
                ids = List.copyOf(ids);
            }
        }

        /** @param only when not empty, just these of the pool's desktops */
        record Pool(UUID poolId, List<UUID> only) implements Target {
            public Pool {
                only = List.copyOf(only);
            }
        }

        /** @param text as the caller sent it, see {@link TagMatch} */
        record Tag(String text) implements Target {
            TagMatch match() {
                return TagMatch.of("desktop_tag", text);
            }
        }
    }

    /** What to run. */
    public sealed interface Work {
        record Scripts(List<UUID> ids) implements Work {
            public Scripts {
                ids = List.copyOf(ids);
            }
        }

        record Command(String content, ScriptType type, List<Integer> successCodes) implements Work {
            public Command {
                successCodes = List.copyOf(successCodes);
            }

            @Override
            public String toString() {
                return "Command[" + type + " " + content.length() + " chars]";
            }
        }
    }
}
