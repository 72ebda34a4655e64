package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt, from the message that asked for it to the ack that lets it be forgotten: accept -> journal -> start ->
 * look again and again (exit? gone? overdue? news?) -> outcome -> journal -> rest of the output -> Finished -> gone.
 * The script's end is the end of its own process: children it left in the background are neither waited for nor ended,
 * only a timeout, a stop or a process that is gone without an exit code ends the whole tree.
 * A run that was {@link #adopt adopted} enters that line where its journal entry left it. Lives on the event loop; what
 * blocks happens on a worker, one piece at a time ({@code busy}).
 */
final class ScriptRun {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptRun.class);
    private static final Duration START_WINDOW = Duration.ofMinutes(10);
    private static final long SPOOL_CAP_BYTES = 256L * 1024 * 1024;

    private record Look(OutputSpool.Sizes sizes, OptionalInt exitCode, boolean alive) {}

    private final RunTools tools;
    private final AttemptId id;
    private final ScriptProcess process;
    private final OutputSpool spool;
    private final OutputPump pump;
    private final Pace pace;
    private JournalEntry entry;
    private boolean busy;
    private boolean again; // woken while busy
    private boolean gone;
    private boolean closed;
    private @Nullable ResultCode endWanted;

    private ScriptRun(RunTools tools, JournalEntry entry) {
        this.tools = tools;
        this.id = entry.id();
        this.entry = entry;
        RunFolder folder = tools.journal().folder(id);
        this.process = new ScriptProcess(id, folder);
        this.spool = new OutputSpool(folder);
        this.pump = new OutputPump(id, tools.outbox(), spool, entry);
        this.pace = new Pace(tools.vertx(), this::tick);
    }

    /** An attempt that is asked for now. */
    static ScriptRun accept(RunTools tools, RunScript message) {
        var id = new AttemptId(message.recordId(), message.attempt());
        var order = new JournalEntry.Order(message.scriptType(), message.timeoutSeconds(), message.outputLimitBytes());
        var run = new ScriptRun(tools, JournalEntry.accepted(id, Instant.now(), tools.bootId(), order));
        run.pump.goLive();
        run.work(tools.blocking(() -> run.create(message.text())), ignored -> run.start());
        return run;
    }

    /** An attempt that will not be run; kept, so that its answer stays the same. */
    static ScriptRun refuse(RunTools tools, AttemptId id, ResultCode code, String reason) {
        var run = new ScriptRun(tools, JournalEntry.accepted(id, Instant.now(), tools.bootId(), null));
        run.pump.goLive();
        run.work(tools.blocking(() -> run.create("")), ignored -> run.finish(code, OptionalInt.empty(), reason, null));
        return run;
    }

    /** An attempt that an earlier agent process left in the journal. */
    static ScriptRun adopt(RunTools tools, JournalEntry entry) {
        var run = new ScriptRun(tools, entry);
        if (entry.outcome() == null) {
            if (entry.birth() == null) {
                run.work(tools.blocking(run.process::find), found -> run.found(found.orElse(null)));
            } else {
                LOG.info("{} adopted", entry.id());
                run.pace.soon();
            }
        }
        return run;
    }

    private void found(JournalEntry.@Nullable Birth birth) {
        if (birth != null) {
            LOG.info("{} adopted", id);
            entry = entry.started(birth);
            pace.soon();
        } else if (entry.order() == null || !mayStillStart()) {
            finish(ResultCode.INTERRUPTED, OptionalInt.empty(), "the agent went down before the script started", null);
        } else if (pump.isLive()) {
            start(); // the control plane said go on already
        } else {
            LOG.info("{} was not started; waiting for the control plane to say go on", id);
        }
    }

    /** In the same boot a missing pid file proves that nothing ran; see {@link ScriptProcess}. */
    private boolean mayStillStart() {
        return entry.bootId().equals(tools.bootId())
                && entry.acceptedAt().plus(START_WINDOW).isAfter(Instant.now());
    }

    AttemptId id() {
        return id;
    }

    boolean isEnded() {
        return entry.outcome() != null;
    }

    JournalEntry entry() {
        return entry;
    }

    /** What its output takes on the disk, waiting for its ack. */
    long keptBytes() {
        OutputPlan plan = entry.plan();
        return plan == null ? 0 : plan.stdout().kept() + plan.stderr().kept();
    }

    AgentMessage.Held held() {
        JournalEntry.Birth birth = entry.birth();
        return new AgentMessage.Held(id.recordId(), id.attempt(), birth == null ? null : birth.startedAt(), isEnded());
    }

    /** The control plane asked for this very attempt again: say again what it should know by now. */
    void tellAgain() {
        pump.goLive();
        tellStarted();
        if (!busy && entry.birth() == null && entry.outcome() == null) {
            start(); // accepted by an agent process that went down before it could
        }
        pace.soon();
    }

    void goOn(Verdict verdict) {
        pump.rewind(verdict.nextSeq(), verdict.stdoutOffset(), verdict.stderrOffset());
        tellAgain();
    }

    void disconnected() {
        pump.goQuiet();
    }

    void stop() {
        if (entry.outcome() == null && endWanted == null) {
            endWanted = ResultCode.STOPPED;
        }
        if (!busy && entry.birth() == null && entry.outcome() == null) {
            finish(ResultCode.STOPPED, OptionalInt.empty(), "stopped before it started", null);
        }
        pace.soon();
    }

    /** This agent lets go of it; it runs on. */
    void close() {
        closed = true;
        pump.goQuiet();
        pace.cancel();
    }

    /** Nobody waits for it: end it if it runs, and drop everything. */
    void forget() {
        gone = true;
        pump.goQuiet();
        if (!busy) {
            vanish();
        }
    }

    void outputStored(long nextSeq, long stdout, long stderr, boolean rewind) {
        if (rewind) {
            pump.rewind(nextSeq, stdout, stderr);
        } else {
            pump.acked(nextSeq);
        }
        pace.soon();
    }

    /** Keeps the outcome and gives the disk the output back. */
    Future<Void> dropOutput() {
        Outcome outcome = entry.outcome();
        if (outcome == null || OutputPlan.NOTHING.equals(entry.plan())) {
            return Future.succeededFuture();
        }
        String reason =
                (outcome.reason() + " (its output was dropped: too much of it waited for the control plane)").strip();
        entry = entry.ended(Outcomes.withReason(outcome, reason), OutputPlan.NOTHING);
        pump.follow(OutputPlan.NOTHING);
        JournalEntry changed = entry;
        return tools.blocking(() -> {
            tools.journal().write(changed);
            spool.drop();
            return null;
        });
    }

    private Void create(String text) throws IOException {
        tools.journal().create(entry, text);
        return null;
    }

    private void start() {
        JournalEntry.Order order = entry.order();
        if (endWanted != null) {
            finish(ResultCode.STOPPED, OptionalInt.empty(), "stopped before it started", null);
        } else if (order != null) {
            work(tools.blocking(() -> process.start(order.scriptType(), tools.console())), this::started);
        }
    }

    private void started(JournalEntry.Birth birth) {
        LOG.info("{} started, pid {}", id, birth.pid());
        entry = entry.started(birth);
        tellStarted();
        write(pace::soon);
    }

    private void tellStarted() {
        JournalEntry.Birth birth = entry.birth();
        if (birth != null && pump.isLive()) {
            boolean unused = tools.outbox()
                    .send(new AgentMessage.Started(
                            id.recordId(),
                            id.attempt(),
                            birth.startedAt(),
                            tools.console().name()));
        }
    }

    private void tick() {
        JournalEntry.Birth birth = entry.birth();
        if (busy || gone || closed) {
            again = busy;
            return;
        }
        if (isEnded()) {
            sendRest();
        } else if (birth != null) {
            work(tools.blocking(() -> look(birth)), look -> looked(look, birth));
        }
    }

    /** Alive is asked first: who is gone by then has written its exit code before. */
    private Look look(JournalEntry.Birth birth) throws IOException {
        boolean alive = process.isAlive(birth);
        return new Look(spool.sizes(), process.exitCode(), alive);
    }

    private void looked(Look look, JournalEntry.Birth birth) {
        JournalEntry.Order order = entry.order();
        int seconds = order == null ? 0 : order.timeoutSeconds();
        if (look.exitCode().isPresent()) {
            finish(ResultCode.EXITED, look.exitCode(), "", null);
        } else if (!look.alive()) {
            end(birth, ResultCode.INTERRUPTED, "the script's process is gone without an exit code");
        } else if (endWanted != null) {
            end(birth, endWanted, "stopped");
        } else if (!Instant.now().isBefore(birth.startedAt().plusSeconds(seconds))) {
            end(birth, ResultCode.TIMED_OUT, "ended after " + seconds + " s");
        } else if (spool.isOver(SPOOL_CAP_BYTES, look.sizes())) {
            end(birth, ResultCode.STOPPED, "stopped because its output fills the disk");
        } else {
            work(tools.blocking(() -> pump.read(look.sizes())), read -> sendNews(read, look.sizes()));
        }
    }

    private void sendNews(OutputPump.Read read, OutputSpool.Sizes sizes) {
        boolean news = pump.send(read);
        JournalEntry.HeadEnd head = pump.reachedHead(sizes);
        if (head != null) {
            entry = entry.headFixed(head);
            write(() -> {
                pump.headIsKept(head);
                pace.soon();
            });
        } else {
            pace.next(news, pump.isLive());
        }
    }

    private void end(JournalEntry.Birth birth, ResultCode code, String why) {
        LOG.info("{} is being ended: {}", id, why);
        work(tools.blocking(() -> process.end(birth)), tree -> ended(code, why, tree));
    }

    private void ended(ResultCode code, String why, ProcessTree.Ended tree) {
        work(tools.blocking(process::exitCode), exit -> finish(code, exit, Reasons.ended(why, tree), tree));
    }

    private void finish(ResultCode code, OptionalInt exit, String reason, ProcessTree.@Nullable Ended tree) {
        work(tools.blocking(spool::sizes), sizes -> {
            Outcome outcome = Outcomes.of(code, exit, entry.birth() != null, reason, sizes, tree);
            OutputPlan plan = pump.planFor(sizes);
            entry = entry.ended(outcome, plan);
            LOG.info("{} {} {} {}", id, code, exit.isPresent() ? exit.getAsInt() : "-", reason);
            work(tools.blocking(() -> close(entry, plan)), ignored -> {
                pump.follow(plan);
                tools.watcher().ended(this);
                pace.soon();
            });
        });
    }

    private Void close(JournalEntry ended, OutputPlan plan) throws IOException {
        tools.journal().write(ended);
        tools.journal().tidy(id);
        spool.punchOut(plan);
        return null;
    }

    private void sendRest() {
        Outcome outcome = entry.outcome();
        if (!pump.isLive() || outcome == null) {
            return;
        }
        if (pump.isComplete()) {
            pump.sendOnce(new AgentMessage.Finished(id.recordId(), id.attempt(), outcome));
        } else {
            work(tools.blocking(() -> pump.read(null)), read -> {
                if (pump.send(read) || tools.outbox().isFull()) {
                    pace.next(true, true);
                }
            });
        }
    }

    private void write(Runnable then) {
        JournalEntry changed = entry;
        work(
                tools.blocking(() -> {
                    tools.journal().write(changed);
                    return true;
                }),
                ignored -> then.run());
    }

    /** One piece of blocking work, then what follows it on the event loop; a failure ends the attempt. */
    private <T> void work(Future<T> work, Consumer<T> then) {
        busy = true;
        var unused = work.onComplete(result -> {
            busy = false;
            if (closed) {
                return;
            }
            if (gone) {
                vanish();
            } else if (result.succeeded()) {
                then.accept(result.result());
            } else {
                failed(result.cause());
            }
            if (again && !busy) {
                again = false;
                pace.soon();
            }
        });
    }

    private void failed(Throwable cause) {
        JournalEntry.Birth birth = entry.birth();
        if (cause instanceof Interpreter.Unable unable) {
            finish(unable.code(), OptionalInt.empty(), Outcomes.sentence(cause), null);
        } else if (isEnded()) {
            LOG.error("{} cannot be kept on the disk", id, cause);
            OutputPlan plan = entry.plan(); // report from memory what the disk does not take
            pump.follow(plan == null ? OutputPlan.NOTHING : plan);
            pace.soon();
        } else if (birth == null) {
            LOG.error("{} could not be started", id, cause);
            entry = entry.ended(Outcomes.notStarted(Outcomes.sentence(cause)), OutputPlan.NOTHING);
            write(() -> {
                pump.follow(OutputPlan.NOTHING);
                pace.soon();
            });
        } else {
            LOG.error("{} could not be looked at; trying again", id, cause);
            pace.later();
        }
    }

    private void vanish() {
        JournalEntry.Birth birth = entry.birth();
        pace.cancel();
        var unused = tools.blocking(() -> {
                    if (birth != null && !isEnded()) {
                        var tree = process.end(birth);
                        LOG.info("{} {}", id, Reasons.ended("forgotten", tree));
                    }
                    tools.journal().remove(id);
                    return null;
                })
                .onFailure(e -> LOG.error("{} could not be removed", id, e));
        tools.watcher().gone(this);
    }
}
