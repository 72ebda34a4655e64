package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.ScriptType;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A machine that runs an agent.
 *
 * @param poolId null when it is in no pool
 * @param host what the agent said when it was last heard of
 * @param lastSeenAt null until the first session
 * @param tags in the order of their keys
 */
public record Desktop(
        UUID id,
        String projectId,
        @Nullable UUID poolId,
        String computerName,
        HostInfo host,
        String bootId,
        Set<ScriptType> scriptTypes,
        String agentVersion,
        String selfBackupManagement,
        boolean connected,
        Instant createdAt,
        @Nullable Instant lastSeenAt,
        List<Tag> tags) {
    public Desktop {
        scriptTypes = Set.copyOf(scriptTypes);
        tags = List.copyOf(tags);
    }
}
