package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;

/** Where messages to the control plane go. */
interface Outbox {
    /** False when there is no welcomed session: the message is not kept, the next welcome asks for it again. */
    boolean send(AgentMessage message);

    /** Whether the session has as much to write as it should; only output waits for that. */
    boolean isFull();
}
