package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows a run's end: outcome -> journal -> rest of the output -> Finished, as often as it takes until it is acked.
 * What the disk does not take is reported from memory. Event loop.
 */
final class RunReport {
    private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);
    private static final int READS = 5;

    private final RunState run;
    private final Runnable onEnded;
    private int failedReads;
    private boolean dropping;

    RunReport(RunState run, Runnable onEnded) {
        this.run = run;
        this.onEnded = onEnded;
    }

    void finish(ResultCode code, OptionalInt exit, String reason, ProcessTree.@Nullable Ended tree) {
        run.work.run(run.spool::sizes, sizes -> {
            Outcome outcome = Outcomes.of(code, exit, run.birth() != null, reason, sizes, tree);
            LOG.info("{} {} {} {}", run.id, code, exit.isPresent() ? exit.getAsInt() : "-", reason);
            close(outcome, run.pump.planFor(sizes), true);
        });
    }

    /** The attempt's folder is another's, or cannot be used: nothing is written into it. */
    void finishUnwritten(Outcome outcome) {
        LOG.info("{} {} {}", run.id, outcome.code(), outcome.reason());
        close(outcome, OutputPlan.NOTHING, false);
    }

    /** Without output. */
    void finishWith(Outcome outcome) {
        close(outcome, OutputPlan.NOTHING, true);
    }

    private void close(Outcome outcome, OutputPlan plan, boolean write) {
        run.entry = run.entry.ended(
                Outcomes.withReason(outcome, run.tools.watcher().toldWith(run.id, outcome.reason())), plan);
        JournalEntry ended = run.entry;
        run.work.run(() -> write ? keep(ended, plan) : null, ignored -> {
            run.pump.follow(plan);
            onEnded.run();
            run.pace.soon();
        });
    }

    /** The output is on the disk before the outcome that counts its bytes; on a full disk tidying makes room. */
    private @Nullable Void keep(JournalEntry ended, OutputPlan plan) {
        Journal journal = run.tools.journal();
        try {
            run.spool.force();
            journal.write(ended);
            journal.tidy(run.id);
            run.spool.punchOut(plan);
        } catch (IOException e) {
            LOG.error("{}: no room for its outcome on the disk", run.id, e);
            journal.tidy(run.id);
            keepNow(ended);
        }
        return null;
    }

    private void keepNow(JournalEntry ended) {
        try {
            run.tools.journal().write(ended);
        } catch (IOException e) {
            LOG.error("{} is not kept on the disk and reported from memory: {}", run.id, e.toString());
        }
    }

    void sendRest() {
        Outcome outcome = run.entry.outcome();
        if (!run.pump.isLive() || outcome == null) {
            return;
        }
        if (run.pump.isComplete()) {
            run.pump.sendOnce(new AgentMessage.Finished(run.id.recordId(), run.id.attempt(), outcome));
        } else {
            run.work.run(run.pump::readRest, read -> {
                failedReads = 0;
                boolean sent = run.pump.send(read);
                if (sent || run.tools.outbox().isFull() || run.pump.isComplete()) {
                    run.pace.next(true, true);
                }
            });
        }
    }

    /** An outcome is worth more than output that cannot be read. */
    void failed(Throwable cause) {
        LOG.error("{}: its output cannot be read", run.id, cause);
        if (++failedReads >= READS) {
            run.pump.follow(OutputPlan.NOTHING);
            run.entry = run.entry.saying("its output could not be read");
        }
        run.pace.later();
    }

    /** Keeps the outcome and gives the disk the output back; what fails is tried again when somebody asks again. */
    void dropOutput() {
        if (dropping || !run.isEnded() || OutputPlan.NOTHING.equals(run.entry.plan())) {
            return;
        }
        dropping = true;
        JournalEntry changed = run.entry
                .saying("its output was dropped: too much of it waited for the control plane")
                .planned(OutputPlan.NOTHING);
        run.pump.follow(OutputPlan.NOTHING);
        var unused = run.tools
                .blocking(() -> {
                    run.spool.drop(); // first: a journal on a full disk waits for this room
                    keepNow(changed);
                    return null;
                })
                .onSuccess(dropped -> run.entry = changed)
                .onFailure(e -> LOG.error("{}: output not dropped", run.id, e))
                .onComplete(ignored -> dropping = false);
    }

    /** What its output takes on the disk, waiting for its ack. */
    long keptBytes() {
        OutputPlan plan = run.entry.plan();
        Outcome outcome = run.entry.outcome();
        if (plan == null || outcome == null || plan.equals(OutputPlan.NOTHING)) {
            return 0;
        }
        return run.spool.canPunch()
                ? plan.stdout().kept() + plan.stderr().kept()
                : outcome.stdoutBytes() + outcome.stderrBytes();
    }

    /**
     * Processes that the script left in the background may go on writing; that must not fill the disk. The answer is
     * blocking work, empty where there is none.
     */
    Optional<Runnable> smallKeeper() {
        OutputPlan plan = run.entry.plan();
        JournalEntry.Birth birth = run.birth();
        return plan == null || birth == null || !run.isEnded() || dropping
                ? Optional.empty()
                : Optional.of(() -> keepSmall(plan, birth));
    }

    private void keepSmall(OutputPlan plan, JournalEntry.Birth birth) {
        if (run.spool.punchBehindEnd(plan) > OutputSpool.CAP_BYTES) {
            LOG.warn("{} {}", run.id, Reasons.ended("its leftovers fill the disk", run.process.end(birth)));
        }
    }
}
