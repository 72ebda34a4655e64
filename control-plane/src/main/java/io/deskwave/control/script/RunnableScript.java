package io.deskwave.control.script;

import io.deskwave.protocol.ScriptType;
import java.util.List;
import java.util.UUID;

public record RunnableScript(UUID id, int versionNo, String name, ScriptType type, List<Integer> successCodes) {}
