package io.deskwave.control.script;

import io.deskwave.protocol.ScriptType;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * One version of a script.
 *
 * @param content the text; empty in lists
 */
record Script(
        UUID id,
        int versionNo,
        String name,
        String description,
        ScriptType type,
        String version,
        List<Integer> successCodes,
        Instant createdAt,
        Instant updatedAt,
        String content) {
    Script {
        successCodes = List.copyOf(successCodes);
    }
}
