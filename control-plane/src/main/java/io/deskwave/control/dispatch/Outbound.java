package io.deskwave.control.dispatch;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.protocol.ServerMessage;
import java.util.UUID;

/**
 * The way to the agents connected to this node. What is said was read from rows, and holds for the session that was there when
 * they were read: an agent that came in again since may have done it, told of it, and forgotten.
 */
@FunctionalInterface
public interface Outbound {
    /** False when that session of the desktop is not live here; whoever has the desktop now looks it up again. */
    @CanIgnoreReturnValue
    boolean send(UUID desktopId, long epoch, ServerMessage message);
}
