package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.json.JsonObject;
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
 * @param attributes what the vendor's API says of it and means nothing here
 * @param hibernated whether it went into hibernation and was not heard of since
 * @param powerOp the power action that is under way
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
        JsonObject attributes,
        boolean connected,
        boolean hibernated,
        @Nullable PowerOp powerOp,
        Instant createdAt,
        @Nullable Instant lastSeenAt,
        List<Tag> tags) {
    public Desktop {
        scriptTypes = Set.copyOf(scriptTypes);
        tags = List.copyOf(tags);
        attributes = attributes.copy();
    }

    String selfBackupManagement() {
        return attributes.getString("self_backup_management", "0");
    }

    /** In the vendor's words. */
    String status() {
        return connected ? "ACTIVE" : hibernated ? "HIBERNATED" : "SHUTOFF";
    }
}
