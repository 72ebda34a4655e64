package io.deskwave.control.execution;

import io.deskwave.protocol.ScriptType;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The record a desktop is taken by, with what is needed to say the next thing to its agent.
 *
 * @param sessionEpoch the desktop's session when this was read: what is said because of it is for that one alone
 * @param bootId the boot the desktop's agent last told of
 * @param stepBootId the boot in which the step under way was ordered
 */
public record Assignment(
        UUID recordId,
        UUID taskId,
        UUID desktopId,
        int attempt,
        RecordStatus status,
        ScriptType scriptType,
        @Nullable UUID scriptId,
        int versionNo,
        int executionTimeoutMinutes,
        boolean stopRequested,
        @Nullable String preStart,
        @Nullable StepState preStartState,
        @Nullable String postFinish,
        @Nullable StepState postFinishState,
        @Nullable String stepBootId,
        long sessionEpoch,
        String bootId,
        Set<String> supportedTypes) {

    /**
     * Where the text to run is from, which never changes: a version of a script, or a task that is a command.
     *
     * @param id the script's, or the task's
     */
    public record Source(boolean script, UUID id, int versionNo) {}

    public Source source() {
        return scriptId == null ? new Source(false, taskId, 0) : new Source(true, scriptId, versionNo);
    }

    /** How far a step around a script is. */
    public enum StepState {
        PENDING,
        SENT,
        DONE,
        FAILED
    }

    public Assignment {
        supportedTypes = Set.copyOf(supportedTypes);
    }

    public boolean supported() {
        return supportedTypes.contains(scriptType.name());
    }

    /** Whether the machine was booted anew since the step was ordered: the proof of a reboot. */
    public boolean rebootedSinceStep() {
        return stepBootId != null && !stepBootId.equals(bootId);
    }
}
