package io.deskwave.control.dispatch;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.protocol.ServerMessage;
import java.util.UUID;

/** The way to the agents connected to this node. */
@FunctionalInterface
public interface Outbound {
    /** False when the desktop has no live session here; it will be told when it comes back. */
    @CanIgnoreReturnValue
    boolean send(UUID desktopId, ServerMessage message);
}
