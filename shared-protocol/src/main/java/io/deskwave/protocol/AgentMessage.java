package io.deskwave.protocol;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an agent says. All but {@link Output} travel as JSON text frames; output travels as a binary frame, since it is
 * bytes and there is much of it ({@link Wire}).
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = AgentMessage.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = AgentMessage.HostChanged.class, name = "host_changed"),
    @JsonSubTypes.Type(value = AgentMessage.Started.class, name = "started"),
    @JsonSubTypes.Type(value = AgentMessage.Output.class, name = "output"),
    @JsonSubTypes.Type(value = AgentMessage.Finished.class, name = "finished"),
    @JsonSubTypes.Type(value = AgentMessage.PowerAccepted.class, name = "power_accepted"),
    @JsonSubTypes.Type(value = AgentMessage.PowerTaken.class, name = "power_taken"),
    @JsonSubTypes.Type(value = AgentMessage.SnapshotNews.class, name = "snapshot_news"),
})
public sealed interface AgentMessage {

    <R> R accept(Receiver<R> receiver);

    /** The list of what may arrive: a new message does not compile until somebody handles it. */
    interface Receiver<R> {
        R hello(Hello message);

        R hostChanged(HostChanged message);

        R started(Started message);

        R output(Output message);

        R finished(Finished message);

        R powerAccepted(PowerAccepted message);

        R powerTaken(PowerTaken message);

        R snapshotNews(SnapshotNews message);
    }

    /**
     * The first message of every session, and the only one before {@link ServerMessage.Welcome}.
     *
     * @param instanceId made anew by every agent process: a new session of the same process replaces the old one, a
     *     second process is told apart from it
     * @param abilities what this agent can do beyond version 1, by name
     * @param scriptTypes what it can run
     * @param held every attempt in its journal that the control plane has not acked
     */
    record Hello(
            int protocolVersion,
            String agentVersion,
            UUID instanceId,
            Set<String> abilities,
            Set<ScriptType> scriptTypes,
            HostInfo host,
            List<Held> held)
            implements AgentMessage {
        public Hello {
            requireNonNull(instanceId, "instance_id");
            requireNonNull(host, "host");
            requireNonNull(agentVersion, "agent_version");
            if (held.size() > Protocol.MAX_HELD) {
                throw new IllegalArgumentException("a hello holds at most " + Protocol.MAX_HELD + " attempts");
            }
            abilities = Set.copyOf(abilities);
            scriptTypes = Set.copyOf(scriptTypes);
            held = List.copyOf(held);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.hello(this);
        }
    }

    /**
     * One attempt that the agent holds.
     *
     * @param startedAt null when no process was started yet
     * @param finished whether its outcome is known; the {@link Finished} follows after the welcome and its output
     */
    record Held(UUID recordId, int attempt, @Nullable Instant startedAt, boolean finished) {
        public Held {
            requireNonNull(recordId, "record_id");
        }
    }

    /** Sent when something in the host info changed. */
    record HostChanged(HostInfo host) implements AgentMessage {
        public HostChanged {
            requireNonNull(host, "host");
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.hostChanged(this);
        }
    }

    /**
     * The process runs. Sent again after a reconnect until output or an outcome was acked.
     *
     * @param consoleCharset the charset to read output in that is not UTF-8, an IANA name such as {@code GBK}
     */
    record Started(UUID recordId, int attempt, Instant startedAt, String consoleCharset) implements AgentMessage {
        public Started {
            requireNonNull(recordId, "record_id");
            requireNonNull(startedAt, "started_at");
            consoleCharset = Protocol.cut(consoleCharset, 50);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.started(this);
        }
    }

    /**
     * Bytes a script wrote.
     *
     * @param seq counts the chunks of an attempt from 0 over both streams: their merged order
     * @param offset where in its stream the chunk starts, in bytes; a jump says that the bytes between were cut
     * @param follows where the chunk before it in its stream ended, so that a jump over bytes which are only on their way is
     *     told from one over bytes which were cut; null from agents that do not say
     */
    record Output(
            UUID recordId,
            int attempt,
            long seq,
            OutputStreamName stream,
            long offset,
            @Nullable Long follows,
            @JsonIgnore byte[] bytes)
            implements AgentMessage {
        /** Of an agent that does not say what it follows. */
        public Output(UUID recordId, int attempt, long seq, OutputStreamName stream, long offset, byte[] bytes) {
            this(recordId, attempt, seq, stream, offset, null, bytes);
        }

        public Output {
            requireNonNull(recordId, "record_id");
            requireNonNull(stream, "stream");
            if (seq < 0 || offset < 0 || offset > Protocol.MAX_OFFSET) {
                throw new IllegalArgumentException("output offset or sequence number out of range");
            }
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.output(this);
        }

        @Override
        public String toString() {
            return "Output[" + recordId + "/" + attempt + " seq " + seq + " " + stream.wireName() + "@" + offset + " "
                    + bytes.length + " bytes]";
        }
    }

    /** The attempt ended; sent after all its output, and again after every reconnect until acked. */
    record Finished(UUID recordId, int attempt, Outcome outcome) implements AgentMessage {
        public Finished {
            requireNonNull(recordId, "record_id");
            requireNonNull(outcome, "outcome");
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.finished(this);
        }
    }

    /** The power step is in the agent's journal and about to happen; {@code error} is null unless it cannot. */
    record PowerAccepted(UUID recordId, int attempt, Step step, @Nullable String error) implements AgentMessage {
        public PowerAccepted {
            requireNonNull(recordId, "record_id");
            requireNonNull(step, "step");
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.powerAccepted(this);
        }
    }

    /**
     * The power order is in the agent's memory and about to happen.
     *
     * @param error null unless it cannot
     * @param actsInSeconds not at once: the users were told, and have so much time; said again without it when it is over.
     *     Only of orders with a notice
     */
    record PowerTaken(UUID orderId, @Nullable String error, @Nullable Integer actsInSeconds) implements AgentMessage {
        public PowerTaken {
            requireNonNull(orderId, "order_id");
        }

        public PowerTaken(UUID orderId, @Nullable String error) {
            this(orderId, error, null);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.powerTaken(this);
        }
    }

    /**
     * How it stands with a snapshot that was ordered; said when it changes, and whenever the order is told again.
     *
     * @param text what was made, by its name, when it is done; why there is none when it failed; else empty
     */
    record SnapshotNews(UUID orderId, Phase phase, String text) implements AgentMessage {
        public enum Phase {
            /** It is in the agent's memory, and being made. */
            TAKEN,
            DONE,
            FAILED
        }

        public SnapshotNews {
            requireNonNull(orderId, "order_id");
            requireNonNull(phase, "phase");
            text = text == null ? "" : Protocol.cut(text, Protocol.MAX_REASON_CHARS); // JSON leaves out what it likes
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.snapshotNews(this);
        }
    }
}
