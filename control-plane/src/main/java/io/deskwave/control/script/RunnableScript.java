package io.deskwave.control.script;

import io.deskwave.protocol.ScriptType;
import java.util.List;
import java.util.UUID;

/** The version of a script that a task is going to run. */
public record RunnableScript(UUID id, int versionNo, String name, ScriptType type, List<Integer> successCodes) {
    public RunnableScript {
        successCodes = List.copyOf(successCodes);
    }
}
