package io.deskwave.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What the control plane says to an agent, as JSON text frames. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ServerMessage.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = ServerMessage.RunScript.class, name = "run_script"),
    @JsonSubTypes.Type(value = ServerMessage.StopScript.class, name = "stop_script"),
    @JsonSubTypes.Type(value = ServerMessage.OutputStored.class, name = "output_stored"),
    @JsonSubTypes.Type(value = ServerMessage.OutcomeStored.class, name = "outcome_stored"),
    @JsonSubTypes.Type(value = ServerMessage.PowerStep.class, name = "power_step"),
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
     * @param signature base64 of the Ed25519 signature over {@link #signedBytes()}, by the key from enrollment
     */
    record RunScript(
            UUID desktopId,
            UUID recordId,
            int attempt,
            ScriptType scriptType,
            String text,
            int timeoutSeconds,
            int outputLimitBytes,
            String signature)
            implements ServerMessage {

        /** Every field but the signature, each with its length, so that no two messages give the same bytes. */
        public byte[] signedBytes() {
            try {
                var bytes = new ByteArrayOutputStream(text.length() + 256);
                var out = new DataOutputStream(bytes);
                for (String part : List.of(
                        "deskwave run_script 1",
                        desktopId.toString(),
                        recordId.toString(),
                        Integer.toString(attempt),
                        scriptType.name(),
                        Integer.toString(timeoutSeconds),
                        Integer.toString(outputLimitBytes),
                        text)) {
                    byte[] utf8 = part.getBytes(StandardCharsets.UTF_8);
                    out.writeInt(utf8.length);
                    out.write(utf8);
                }
                return bytes.toByteArray();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        public RunScript withSignature(String newSignature) {
            return new RunScript(
                    desktopId, recordId, attempt, scriptType, text, timeoutSeconds, outputLimitBytes, newSignature);
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
     * @param bootId the boot in which the step was ordered
     */
    record PowerStep(UUID recordId, int attempt, Step step, PowerAction action, String bootId)
            implements ServerMessage {
        @Override
        public <R> R accept(Receiver<R> receiver) {
            return receiver.powerStep(this);
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
