package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One order for the provider, with what it is told of the desktop.
 *
 * @param actionId of the order; the same whenever anybody speaks of it
 * @param deadline nobody waits for it any more then
 * @param attributes what the desktop was given when its place was made
 * @param enrollmentToken of a rebuild: what the new image enrols with
 */
public record ProviderCall(
        UUID actionId,
        PowerOp op,
        Instant deadline,
        String projectId,
        UUID desktopId,
        String computerName,
        String machineId,
        HostInfo host,
        @Nullable UUID poolId,
        List<Tag> tags,
        JsonObject attributes,
        @Nullable String enrollmentToken) {
    public ProviderCall {
        tags = List.copyOf(tags);
    }

    ProviderCall withToken(String token) {
        return new ProviderCall(
                actionId,
                op,
                deadline,
                projectId,
                desktopId,
                computerName,
                machineId,
                host,
                poolId,
                tags,
                attributes,
                token);
    }

    /** What the provider made of an order. */
    public enum Result {
        DONE,
        /** It goes on by itself. */
        ACCEPTED,
        FAILED,
        UNSUPPORTED
    }

    /** @param message for people; may be empty */
    public record Answer(Result result, String message) {}

    /** Without the token. */
    @Override
    public String toString() {
        return "ProviderCall[" + op + " " + actionId + " of desktop " + desktopId + "]";
    }
}
