package io.deskwave.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the control plane says to an agent, as JSON text frames. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ServerMessage.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = ServerMessage.RunScript.class, name = "run_script"),
    @JsonSubTypes.Type(value = ServerMessage.StopScript.class, name = "stop_script"),
    @JsonSubTypes.Type(value = ServerMessage.OutputStored.class, name = "output_stored"),
    @JsonSubTypes.Type(value = ServerMessage.OutcomeStored.class, name = "outcome_stored"),
    @JsonSubTypes.Type(value = ServerMessage.PowerStep.class, name = "power_step"),
    @JsonSubTypes.Type(value = ServerMessage.PowerOrder.class, name = "power_order"),
    @JsonSubTypes.Type(value = ServerMessage.WakeDesktops.class, name = "wake_desktops"),
    @JsonSubTypes.Type(value = ServerMessage.SnapshotOrder.class, name = "snapshot_order"),
    @JsonSubTypes.Type(value = ServerMessage.GoAway.class, name = "go_away"),
})
public sealed interface ServerMessage {

    <R> R accept(Receiver<R> receiver);

    /** The list of what may arrive: a new message does not compile until somebody handles it. */
    interface Receiver<R> {
        R welcome(Welcome message);

        R runScript(RunScript message);

        R stopScript(StopScript message);

        R outputStored(OutputStored message);

        R outcomeStored(OutcomeStored message);

        R powerStep(PowerStep message);

        R powerOrder(PowerOrder message);

        R wakeDesktops(WakeDesktops message);

        R snapshotOrder(SnapshotOrder message);

        R goAway(GoAway message);
    }

    /** Answers the hello. One verdict for each attempt the hello named. */
    record Welcome(UUID desktopId, Instant serverTime, List<Verdict> verdicts) implements ServerMessage {
        public Welcome {
            verdicts = List.copyOf(verdicts);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.welcome(this);
        }
    }

    /**
     * What to do with an attempt the agent holds.
     *
     * @param nextSeq the next output chunk the database expects, with the offsets it goes on from; 0 when forgotten
     */
    record Verdict(UUID recordId, int attempt, Action action, long nextSeq, long stdoutOffset, long stderrOffset) {
        public enum Action {
            /** Go on: send the rest of the output, then the outcome. */
            CONTINUE,
            /** End the process if it runs, then report as usual. */
            STOP,
            /** Nobody waits for it: end the process if it runs and drop everything. */
            FORGET
        }
    }

    /**
     * Run this, once for this (record, attempt).
     *
     * @param timeoutSeconds how long the process may run, counted from its start
     * @param outputLimitBytes how much of its output to keep, head and tail together
     * @param signature base64 of the Ed25519 signature over {@link #signedRoot}, by the key from enrollment
     * @param proof that this order is one of those that were signed together; see {@link OrderTree#proof}
     */
    record RunScript(
            UUID desktopId,
            UUID recordId,
            int attempt,
            ScriptType scriptType,
            String text,
            int timeoutSeconds,
            int outputLimitBytes,
            String signature,
            String proof)
            implements ServerMessage {
        public RunScript {
            // JSON leaves out what it likes, and a missing proof proves nothing.
            signature = Objects.requireNonNullElse(signature, "");
            proof = Objects.requireNonNullElse(proof, "");
        }

        /** Not signed yet. */
        public RunScript(
                UUID desktopId,
                UUID recordId,
                int attempt,
                ScriptType scriptType,
                String text,
                int timeoutSeconds,
                int outputLimitBytes) {
            this(desktopId, recordId, attempt, scriptType, text, timeoutSeconds, outputLimitBytes, "", "");
        }

        /** Of the text, as {@link #leaf} takes it: hashed once for all the orders that carry it. */
        public static byte[] digest(String text) {
            return OrderTree.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
        }

        /** Every field but the signature, each with its length, so that no two messages give the same bytes. */
        public byte[] leaf(byte[] textDigest) {
            byte[] parts = SignedParts.of(
                    "deskwave run_script 2",
                    desktopId.toString(),
                    recordId.toString(),
                    Integer.toString(attempt),
                    scriptType.name(),
                    Integer.toString(timeoutSeconds),
                    Integer.toString(outputLimitBytes));
            return ByteBuffer.allocate(parts.length + textDigest.length)
                    .put(parts)
                    .put(textDigest)
                    .array();
        }

        /** What is signed for all the orders of a tree. */
        public static byte[] signedRoot(byte[] root) {
            byte[] purpose = "deskwave orders 2 ".getBytes(StandardCharsets.US_ASCII);
            return ByteBuffer.allocate(purpose.length + root.length)
                    .put(purpose)
                    .put(root)
                    .array();
        }

        /**
         * What {@link #signature} must be over, if this is one of the orders that were signed.
         *
         * @throws IllegalArgumentException when the proof has not the form of one
         */
        public byte[] signedContent() {
            return signedRoot(OrderTree.root(leaf(digest(text)), proof));
        }

        public RunScript signed(String newSignature, String newProof) {
            return new RunScript(
                    desktopId,
                    recordId,
                    attempt,
                    scriptType,
                    text,
                    timeoutSeconds,
                    outputLimitBytes,
                    newSignature,
                    newProof);
        }

        /** Without the text: scripts may carry secrets. */
        @Override
        public String toString() {
            return "RunScript[" + recordId + "/" + attempt + " " + scriptType + " " + text.length() + " chars]";
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.runScript(this);
        }
    }

    /** End this attempt; the agent answers with a {@link AgentMessage.Finished} of code STOPPED, or its real outcome. */
    record StopScript(UUID recordId, int attempt) implements ServerMessage {
        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.stopScript(this);
        }
    }

    /**
     * Output up to here is committed; the agent may drop what lies before.
     *
     * @param rewind the chunks sent were not the ones expected: go on from these numbers
     */
    record OutputStored(UUID recordId, int attempt, long nextSeq, long stdoutOffset, long stderrOffset, boolean rewind)
            implements ServerMessage {
        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.outputStored(this);
        }
    }

    /** The outcome is committed, or nobody waits for it: the agent may forget the attempt. */
    record OutcomeStored(UUID recordId, int attempt) implements ServerMessage {
        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.outcomeStored(this);
        }
    }

    /**
     * Do this to the machine, unless its boot id is no longer the one named: then it was done already.
     *
     * @param bootId the boot in which the step was ordered: it cannot be replayed in another
     * @param signature base64 of the Ed25519 signature over {@link #signedContent}, by the key from enrollment
     */
    record PowerStep(
            UUID desktopId, UUID recordId, int attempt, Step step, PowerAction action, String bootId, String signature)
            implements ServerMessage {
        public PowerStep {
            signature = Objects.requireNonNullElse(signature, "");
        }

        /** Every field but the signature, each with its length, so that no two steps give the same bytes. */
        public byte[] signedContent() {
            return SignedParts.of(
                    "deskwave power_step 1",
                    desktopId.toString(),
                    recordId.toString(),
                    Integer.toString(attempt),
                    step.name(),
                    action.name(),
                    bootId);
        }

        public PowerStep signed(String newSignature) {
            return new PowerStep(desktopId, recordId, attempt, step, action, bootId, newSignature);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.powerStep(this);
        }
    }

    /**
     * Do this to the machine, once for this order, unless its boot id is no longer the one named: then it was done already.
     * Only for agents with the ability {@link Protocol#POWER_ORDERS}. The agent answers with {@link AgentMessage.PowerTaken}.
     *
     * @param orderId the agent remembers it before it acts
     * @param force without waiting for what runs
     * @param bootId the boot in which it was ordered
     * @param issuedAt an order that is older than the agent's memory reaches is refused
     * @param expiresAt by the control plane's clock; nobody waits for it any more then, and it is refused
     * @param notice what the users are told before; only for agents with the ability {@link Protocol#POWER_NOTICES}: an
     *     older one would not find the signature right
     * @param signature base64 of the Ed25519 signature over {@link #signedContent}, by the key from enrollment
     */
    record PowerOrder(
            UUID desktopId,
            UUID orderId,
            PowerAction action,
            boolean force,
            String bootId,
            Instant issuedAt,
            Instant expiresAt,
            @Nullable Notice notice,
            String signature)
            implements ServerMessage {
        public PowerOrder {
            signature = Objects.requireNonNullElse(signature, "");
        }

        /** Nobody is told. */
        public PowerOrder(
                UUID desktopId,
                UUID orderId,
                PowerAction action,
                boolean force,
                String bootId,
                Instant issuedAt,
                Instant expiresAt,
                String signature) {
            this(desktopId, orderId, action, force, bootId, issuedAt, expiresAt, null, signature);
        }

        /** Every field but the signature, each with its length, so that no two orders give the same bytes. */
        public byte[] signedContent() {
            return notice == null ? SignedParts.of(plain("1")) : SignedParts.of(withNotice(notice));
        }

        private String[] plain(String version) {
            return new String[] {
                "deskwave power_order " + version,
                desktopId.toString(),
                orderId.toString(),
                action.name(),
                Boolean.toString(force),
                bootId,
                issuedAt.toString(),
                expiresAt.toString()
            };
        }

        private String[] withNotice(Notice told) {
            String[] parts = Arrays.copyOf(plain("2"), 10);
            parts[8] = told.message();
            parts[9] = Integer.toString(told.seconds());
            return parts;
        }

        public PowerOrder signed(String newSignature) {
            return new PowerOrder(desktopId, orderId, action, force, bootId, issuedAt, expiresAt, notice, newSignature);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.powerOrder(this);
        }
    }

    /**
     * Make a snapshot of the machine's system disk, once for this order. Only for agents with the ability
     * {@link Protocol#SNAPSHOTS}. The agent answers with {@link AgentMessage.SnapshotNews}.
     *
     * @param orderId the agent remembers it before it begins; the snapshot's name is made from it
     * @param issuedAt an order that is older than the agent's memory reaches is refused
     * @param expiresAt by the control plane's clock; nobody waits for it any more then
     * @param signature base64 of the Ed25519 signature over {@link #signedContent}, by the key from enrollment
     */
    record SnapshotOrder(UUID desktopId, UUID orderId, Instant issuedAt, Instant expiresAt, String signature)
            implements ServerMessage {
        public SnapshotOrder {
            signature = Objects.requireNonNullElse(signature, "");
        }

        /** Every field but the signature, each with its length, so that no two orders give the same bytes. */
        public byte[] signedContent() {
            return SignedParts.of(
                    "deskwave snapshot_order 1",
                    desktopId.toString(),
                    orderId.toString(),
                    issuedAt.toString(),
                    expiresAt.toString());
        }

        public SnapshotOrder signed(String newSignature) {
            return new SnapshotOrder(desktopId, orderId, issuedAt, expiresAt, newSignature);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.snapshotOrder(this);
        }
    }

    /** What the users of a machine are told before something is done to it, and for how long they have time then. */
    record Notice(String message, int seconds) {
        public Notice {
            if (message.isBlank() || message.length() > Protocol.MAX_NOTICE_CHARS) {
                throw new IllegalArgumentException(
                        "a notice has 1 to " + Protocol.MAX_NOTICE_CHARS + " characters, not only blanks");
            }
            if (message.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')) {
                throw new IllegalArgumentException("a notice has no control characters but newlines and tabs");
            }
            if (seconds < 0 || seconds > Protocol.MAX_NOTICE_SECONDS) {
                throw new IllegalArgumentException(
                        "a notice gives 0 to " + Protocol.MAX_NOTICE_SECONDS + " seconds, not " + seconds);
            }
        }
    }

    /**
     * Wake these neighbours with magic packets, from the interface that lies in the network. Only for agents with the ability
     * {@link Protocol#WAKE_ON_LAN}. There is no answer: what wakes up says hello.
     *
     * @param desktopId the one that is to send
     * @param network an IPv4 network as {@code 10.1.2.0/24}
     * @param macs of the sleepers, lower case with colons
     * @param expiresAt by the control plane's clock
     * @param signature base64 of the Ed25519 signature over {@link #signedContent}, by the key from enrollment
     */
    record WakeDesktops(UUID desktopId, String network, List<String> macs, Instant expiresAt, String signature)
            implements ServerMessage {
        public WakeDesktops {
            macs = List.copyOf(macs);
            signature = Objects.requireNonNullElse(signature, "");
            if (macs.isEmpty() || macs.size() > Protocol.MAX_WOKEN) {
                throw new IllegalArgumentException("1 to " + Protocol.MAX_WOKEN + " machines are woken at a time");
            }
        }

        /** Every field but the signature, each with its length, so that no two messages give the same bytes. */
        public byte[] signedContent() {
            return SignedParts.of(
                    "deskwave wake_desktops 1",
                    desktopId.toString(),
                    network,
                    String.join(",", macs),
                    expiresAt.toString());
        }

        public WakeDesktops signed(String newSignature) {
            return new WakeDesktops(desktopId, network, macs, expiresAt, newSignature);
        }

        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.wakeDesktops(this);
        }
    }

    /** This node is about to end the session: come back after so many milliseconds, to any node. */
    record GoAway(String reason, long retryAfterMillis) implements ServerMessage {
        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.goAway(this);
        }
    }
}
