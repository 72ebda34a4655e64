package io.deskwave.agent;

import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ScriptType;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the journal knows of one attempt; every change is a new value, written durably.
 *
 * @param bootId the machine's boot in which it was accepted
 * @param order null when a stop came for an attempt that never did
 * @param birth null until a process runs
 * @param head where the live part of the output ends; null until that is fixed
 * @param plan what is sent of the whole output; null until the process ended
 * @param outcome null until the process ended
 */
record JournalEntry(
        AttemptId id,
        Instant acceptedAt,
        String bootId,
        @Nullable Order order,
        @Nullable Birth birth,
        @Nullable HeadEnd head,
        @Nullable OutputPlan plan,
        @Nullable Outcome outcome) {

    JournalEntry {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(acceptedAt, "acceptedAt");
        Objects.requireNonNull(bootId, "bootId");
    }

    /** What was asked for; the text is in a file of its own. */
    record Order(ScriptType scriptType, int timeoutSeconds, int outputLimitBytes) {}

    /** @param startMark tells the process from a later one with the same pid */
    record Birth(Instant startedAt, long pid, long startMark) {}

    /** How many bytes of each stream belong to the head. */
    record HeadEnd(long stdout, long stderr) {}

    static JournalEntry accepted(AttemptId id, Instant now, String bootId, @Nullable Order order) {
        return new JournalEntry(id, now, bootId, order, null, null, null, null);
    }

    JournalEntry started(Birth newBirth) {
        return new JournalEntry(id, acceptedAt, bootId, order, newBirth, head, plan, outcome);
    }

    JournalEntry headFixed(HeadEnd newHead) {
        return new JournalEntry(id, acceptedAt, bootId, order, birth, newHead, plan, outcome);
    }

    JournalEntry planned(OutputPlan newPlan) {
        return new JournalEntry(id, acceptedAt, bootId, order, birth, head, newPlan, outcome);
    }

    /** The outcome's reason says this too. */
    JournalEntry saying(String more) {
        return outcome == null
                ? this
                : new JournalEntry(
                        id,
                        acceptedAt,
                        bootId,
                        order,
                        birth,
                        head,
                        plan,
                        Outcomes.withReason(outcome, (outcome.reason() + " (" + more + ")").strip()));
    }

    JournalEntry ended(Outcome newOutcome, OutputPlan newPlan) {
        return new JournalEntry(id, acceptedAt, bootId, order, birth, head, newPlan, newOutcome);
    }
}
