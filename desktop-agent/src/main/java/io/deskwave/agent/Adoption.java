package io.deskwave.agent;

import io.deskwave.protocol.ResultCode;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes over what an earlier agent process left in the journal. Event loop. */
final class Adoption {
    private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);
    private static final Duration START_WINDOW = Duration.ofMinutes(10);
    private static final String UNREADABLE = "its journal entry cannot be read";

    private Adoption() {}

    static ScriptRun adopt(RunTools tools, JournalEntry entry) {
        var run = new ScriptRun(tools, entry);
        if (entry.outcome() == null) {
            if (entry.birth() == null) {
                run.state().work.run(run.state().process::find, birth -> found(run, birth.orElse(null)));
            } else {
                LOG.info("{} adopted", entry.id());
                run.state().pace.soon();
            }
        }
        return run;
    }

    private static void found(ScriptRun run, JournalEntry.@Nullable Birth birth) {
        RunState state = run.state();
        if (birth != null) {
            LOG.info("{} adopted", state.id);
            state.entry = state.entry.started(birth);
            state.pace.soon();
        } else if (state.entry.order() == null || !mayStillStart(state)) {
            run.finishBeforeStart(ResultCode.INTERRUPTED, "the agent went down before the script started");
        } else if (state.pump.isLive()) {
            run.start(); // the control plane said go on already
        } else {
            LOG.info("{} was not started; waiting for the control plane to say go on", state.id);
        }
    }

    /** In the same boot a missing pid file proves that nothing ran; see {@link ScriptProcess}. */
    private static boolean mayStillStart(RunState state) {
        return state.isOfThisBoot()
                && state.entry.acceptedAt().plus(START_WINDOW).isAfter(Instant.now());
    }

    /** It may have run and may run still, without a limit that anybody knows: it is ended, and never started again. */
    static ScriptRun interrupt(RunTools tools, AttemptId id) {
        var run = new ScriptRun(tools, JournalEntry.accepted(id, Instant.now(), tools.bootId(), null));
        run.state().work.run(run.state().process::find, birth -> interrupt(run, birth.orElse(null)));
        return run;
    }

    private static void interrupt(ScriptRun run, JournalEntry.@Nullable Birth birth) {
        if (birth == null) {
            run.finishBeforeStart(ResultCode.INTERRUPTED, UNREADABLE);
        } else {
            run.state().entry = run.state().entry.started(birth);
            run.guard().end(birth, new ScriptLook.Ending(ResultCode.INTERRUPTED, UNREADABLE));
        }
    }
}
