package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.deskwave.protocol.ServerMessage.Verdict;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Instant;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt, from the message that asked for it to the ack that lets it be forgotten: accept -> journal -> start ->
 * {@link ScriptGuard watched} -> {@link RunReport reported} -> gone. The script's end is the end of its own process:
 * children it left in the background are neither waited for nor ended, only a timeout, a stop or a process that is gone
 * without an exit code ends the whole tree. A run that was adopted ({@link Adoption}) enters that line where its journal
 * entry left it. Lives on the event loop; what blocks happens on a worker, one piece at a time ({@link RunWork}).
 */
final class ScriptRun implements RunWork.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptRun.class);

    private final RunState state;
    private final RunReport report;
    private final ScriptGuard guard;
    private final long heldSinceNanos = System.nanoTime();

    ScriptRun(RunTools tools, JournalEntry entry) {
        state = new RunState(tools, entry, this::tick, this);
        report = new RunReport(state, () -> tools.watcher().ended(this));
        guard = new ScriptGuard(state, report);
    }

    /** An attempt that is asked for now. */
    static ScriptRun accept(RunTools tools, RunScript message) {
        var id = new AttemptId(message.recordId(), message.attempt());
        var order = new JournalEntry.Order(message.scriptType(), message.timeoutSeconds(), message.outputLimitBytes());
        var run = new ScriptRun(tools, JournalEntry.accepted(id, Instant.now(), tools.bootId(), order));
        run.create(message.text(), run::start);
        return run;
    }

    /** An attempt that will not be run; kept, so that its answer stays the same. */
    static ScriptRun refuse(RunTools tools, AttemptId id, ResultCode code, String reason) {
        var run = new ScriptRun(tools, JournalEntry.accepted(id, Instant.now(), tools.bootId(), null));
        run.create("", () -> run.report.finish(code, OptionalInt.empty(), reason, null));
        return run;
    }

    private void create(String text, Runnable then) {
        state.pump.goLive();
        JournalEntry accepted = state.entry;
        state.work.run(
                () -> {
                    writeDown(accepted, text);
                    return true;
                },
                ignored -> then.run());
    }

    /** On a worker. What cannot be written down is not started: after a crash nobody could tell that it was. */
    private void writeDown(JournalEntry accepted, String text) throws IOException {
        try {
            state.tools.journal().create(accepted, text);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(
                    "not started, because it could not be written down first in the agent's home folder ("
                            + Outcomes.sentence(e) + "): make room there and retry",
                    e);
        }
    }

    RunState state() {
        return state;
    }

    ScriptGuard guard() {
        return guard;
    }

    AttemptId id() {
        return state.id;
    }

    boolean isEnded() {
        return state.isEnded();
    }

    /** Ended, and that is on the disk. */
    boolean isAtRest() {
        return isEnded() && !state.work.isBusy();
    }

    /** How long this agent process has had it: no jump of the wall clock makes it old. */
    long heldNanos() {
        return System.nanoTime() - heldSinceNanos;
    }

    RunReport report() {
        return report;
    }

    AgentMessage.Held held() {
        JournalEntry.Birth birth = state.birth();
        return new AgentMessage.Held(
                state.id.recordId(), state.id.attempt(), birth == null ? null : birth.startedAt(), isEnded());
    }

    /** The control plane asked for this very attempt again: say again what it should know by now. */
    void tellAgain() {
        state.pump.goLive();
        state.tellStarted();
        if (state.isIdleBeforeStart()) {
            start(); // accepted by an agent process that went down before it could
        }
        state.pace.soon();
    }

    void goOn(Verdict verdict) {
        state.pump.rewind(verdict.nextSeq(), verdict.stdoutOffset(), verdict.stderrOffset());
        tellAgain();
    }

    void disconnected() {
        state.pump.goQuiet();
    }

    void stop() {
        state.stopWanted |= !isEnded();
        finishBeforeStart(ResultCode.STOPPED, "stopped before it started");
        state.pace.soon();
    }

    /** Only where it waits for its start, with nothing under way. */
    void finishBeforeStart(ResultCode code, String reason) {
        if (state.isIdleBeforeStart()) {
            report.finish(code, OptionalInt.empty(), reason, null);
        }
    }

    /** This agent lets go of it; it runs on. */
    void close() {
        state.work.close();
        state.pump.goQuiet();
        state.pace.cancel();
    }

    /** Nobody waits for it: end it if it runs, and drop everything. False when that was said before. */
    boolean forget() {
        boolean first = !state.work.isForgotten();
        state.pump.goQuiet();
        state.work.forget();
        return first;
    }

    void outputStored(long nextSeq, long stdout, long stderr, boolean rewind) {
        if (rewind) {
            state.pump.rewind(nextSeq, stdout, stderr);
        } else {
            state.pump.acked(nextSeq, stdout, stderr);
        }
        state.pace.soon();
    }

    void start() {
        JournalEntry.Order order = state.entry.order();
        if (state.stopWanted) {
            report.finish(ResultCode.STOPPED, OptionalInt.empty(), "stopped before it started", null);
        } else if (order != null) {
            state.work.run(() -> state.process.start(order.scriptType(), state.tools.console()), this::started);
        }
    }

    private void started(JournalEntry.Birth birth) {
        LOG.info("{} started, pid {}", state.id, birth.pid());
        state.entry = state.entry.started(birth);
        state.tellStarted();
        state.write(state.pace::soon);
    }

    private void tick() {
        JournalEntry.Birth birth = state.birth();
        if (!state.work.mayGoOn()) {
            return;
        }
        if (isEnded()) {
            report.sendRest();
        } else if (birth != null) {
            guard.look(birth);
        }
    }

    @Override
    public void wake() {
        state.pace.soon();
    }

    @Override
    public void failed(Throwable cause) {
        String sentence = Outcomes.sentence(cause);
        if (isEnded()) {
            report.failed(cause);
        } else if (cause instanceof Interpreter.Unable unable) {
            report.finish(unable.code(), OptionalInt.empty(), sentence, null);
        } else if (cause instanceof FileAlreadyExistsException) {
            report.finishUnwritten(Outcomes.notStarted(
                    ResultCode.INTERRUPTED, "what an earlier start of this attempt left is still there"));
        } else if (state.birth() == null) {
            LOG.error("{} could not be started", state.id, cause);
            Outcome outcome = Outcomes.notStarted(ResultCode.START_FAILED, sentence);
            report.finishWith(outcome);
        } else {
            LOG.error("{} could not be looked at; trying again", state.id, cause);
            state.pace.later();
        }
    }

    @Override
    public void vanish() {
        boolean ended = isEnded();
        JournalEntry.Birth known = state.birth();
        state.pace.cancel();
        var unused = state.tools
                .blocking(() -> {
                    if (!ended) {
                        endUnheard(known);
                    }
                    state.tools.journal().remove(state.id);
                    return null;
                })
                .onFailure(e -> LOG.error("{} could not be removed", state.id, e))
                .onComplete(done -> state.tools.watcher().removed());
        state.tools.watcher().gone(this);
    }

    /** On a worker. It may have started while it was being forgotten. */
    private void endUnheard(JournalEntry.@Nullable Birth known) {
        JournalEntry.Birth birth = known == null ? state.process.find().orElse(null) : known;
        if (birth != null) {
            LOG.info("{} {}", state.id, Reasons.ended("forgotten", state.process.end(birth)));
        }
    }
}
