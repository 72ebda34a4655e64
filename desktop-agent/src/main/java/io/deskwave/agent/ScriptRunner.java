package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.OutcomeStored;
import io.deskwave.protocol.ServerMessage.OutputStored;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.deskwave.protocol.ServerMessage.StopScript;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns every attempt the agent holds and passes what the control plane says on to the right one. What is asked for twice
 * is answered from what is held, never run again. Event loop.
 */
final class ScriptRunner implements RunTools.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptRunner.class);
    private static final Duration KEPT_FOR = Duration.ofDays(7);
    private static final int REMEMBERED = 1000;

    /** A control plane sends one at a time; what an earlier one of its nodes gave up may run on beside it. */
    static final int MOST_AT_ONCE = 64;

    private final RunTools tools;
    private final Map<AttemptId, ScriptRun> runs = new LinkedHashMap<>();
    private final Set<AttemptId> recentlyDone = new LinkedHashSet<>();
    private final Cleaning cleaning;
    private final GivenUp givenUp = new GivenUp();

    ScriptRunner(Vertx vertx, Journal journal, Outbox outbox, String bootId) {
        Charset console = Platform.WINDOWS ? WindowsJobs.consoleCharset() : Charset.defaultCharset();
        this.tools = new RunTools(vertx, journal, outbox, console, bootId, this);
        this.cleaning = new Cleaning(tools, this::smallKeepers);
    }

    /** Takes over what an earlier agent process left. */
    Future<Void> load() {
        return tools.blocking(tools.journal()::load).map(loaded -> {
            loaded.entries().forEach(entry -> runs.put(entry.id(), Adoption.adopt(tools, entry)));
            loaded.unreadable().forEach(id -> runs.put(id, Adoption.interrupt(tools, id)));
            cleaning.start();
            return null;
        });
    }

    private List<Runnable> smallKeepers() {
        return runs.values().stream()
                .flatMap(run -> run.report().smallKeeper().stream())
                .toList();
    }

    List<Held> held() {
        return runs.values().stream().map(ScriptRun::held).toList();
    }

    void welcomed(List<Verdict> verdicts) {
        for (Verdict verdict : verdicts) {
            ScriptRun run = runs.get(new AttemptId(verdict.recordId(), verdict.attempt()));
            if (run != null) {
                LOG.info("{}: the control plane says {}", run.id(), verdict.action());
                follow(verdict, run);
            }
        }
    }

    private void follow(Verdict verdict, ScriptRun run) {
        switch (verdict.action()) {
            case CONTINUE -> run.goOn(verdict);
            case STOP -> {
                run.stop();
                run.goOn(verdict);
            }
            case FORGET -> {
                givenUp.notTaken(run.id());
                boolean unused = run.forget();
            }
        }
    }

    boolean isIdle() {
        return runs.values().stream().allMatch(ScriptRun::isAtRest);
    }

    /** The control plane will never say go on: what waits for that ends. */
    void interruptWaiting(String reason) {
        List.copyOf(runs.values()).forEach(run -> run.finishBeforeStart(ResultCode.INTERRUPTED, reason));
    }

    void disconnected() {
        runs.values().forEach(ScriptRun::disconnected);
    }

    /** Looks at nothing any more; what runs goes on. */
    Future<Void> close() {
        cleaning.close();
        runs.values().forEach(ScriptRun::close);
        return tools.drained();
    }

    void run(RunScript message, Identity identity) {
        var id = new AttemptId(message.recordId(), message.attempt());
        ScriptRun held = runs.get(id);
        if (held != null) {
            LOG.info("{} was asked for again and is answered from the journal", id);
            held.tellAgain();
        } else if (recentlyDone.contains(id) || newestAttempt(id.recordId()) > id.attempt()) {
            LOG.warn("{} is over and is not run again", id);
        } else if (!isSigned(message, identity)) {
            LOG.error("{} carries no valid signature for this desktop and is refused", id);
            runs.put(
                    id,
                    ScriptRun.refuse(
                            tools,
                            id,
                            ResultCode.START_FAILED,
                            "the order is not signed by the control plane for this desktop"));
        } else if (runs.values().stream().filter(run -> !run.isEnded()).count() >= MOST_AT_ONCE) {
            LOG.error("{} is refused: {} scripts have not ended yet", id, MOST_AT_ONCE);
            runs.put(
                    id,
                    ScriptRun.refuse(
                            tools,
                            id,
                            ResultCode.START_FAILED,
                            "this desktop has " + MOST_AT_ONCE + " scripts that have not ended, and starts no more"));
        } else {
            LOG.info("{} accepted: {}, at most {} s", id, message.scriptType(), message.timeoutSeconds());
            runs.put(id, ScriptRun.accept(tools, message));
        }
    }

    private static boolean isSigned(RunScript message, Identity identity) {
        try {
            return message.desktopId().equals(identity.desktop())
                    && identity.verifyingKey()
                            .verify(message.signedContent(), Base64.getDecoder().decode(message.signature()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    void stop(StopScript message) {
        var id = new AttemptId(message.recordId(), message.attempt());
        ScriptRun held = runs.get(id);
        if (held != null) {
            LOG.info("{} is to be stopped", id);
            held.stop();
            held.tellAgain();
        } else {
            runs.put(id, ScriptRun.refuse(tools, id, ResultCode.STOPPED, "stopped before it started"));
        }
    }

    void outputStored(OutputStored message) {
        ScriptRun run = runs.get(new AttemptId(message.recordId(), message.attempt()));
        if (run != null) {
            run.outputStored(message.nextSeq(), message.stdoutOffset(), message.stderrOffset(), message.rewind());
        }
    }

    void outcomeStored(OutcomeStored message) {
        ScriptRun run = runs.get(new AttemptId(message.recordId(), message.attempt()));
        if (run != null) {
            givenUp.taken(run.id());
            boolean unused = run.forget();
        }
    }

    /** Drops what waited too long, and the outputs that take more room than they may together. */
    void sweep() {
        sweep(KEPT_FOR);
    }

    void sweep(Duration keptFor) {
        for (ScriptRun run : List.copyOf(runs.values())) {
            if (run.isEnded() && run.heldNanos() > keptFor.toNanos()) {
                giveUp(run, "it waited for " + KEPT_FOR.toDays() + " days");
            }
        }
        boundSpool();
    }

    private void giveUp(ScriptRun run, String why) {
        if (run.forget()) {
            givenUp.add(run.id(), why);
        }
    }

    @Override
    public String toldWith(AttemptId id, String reason) {
        return givenUp.toldWith(id, reason);
    }

    @Override
    public void ended(ScriptRun run) {
        boundSpool();
    }

    private void boundSpool() {
        List<ScriptRun> newestFirst = new ArrayList<>(
                runs.values().stream().filter(ScriptRun::isEnded).toList());
        Collections.reverse(newestFirst);
        for (ScriptRun run :
                SpoolBounds.tooMuch(newestFirst, run -> run.report().keptBytes())) {
            run.report().dropOutput();
        }
        for (ScriptRun run : SpoolBounds.tooMany(newestFirst)) {
            giveUp(run, "more than " + SpoolBounds.MAX_ENTRIES + " wait for the control plane");
        }
    }

    @Override
    public void gone(ScriptRun run) {
        if (runs.remove(run.id(), run)) {
            recentlyDone.add(run.id());
            if (recentlyDone.size() > REMEMBERED) {
                recentlyDone.remove(recentlyDone.iterator().next());
            }
        }
    }

    @Override
    public void removed() {
        cleaning.soon();
    }

    private int newestAttempt(UUID recordId) {
        return runs.keySet().stream()
                .filter(id -> id.recordId().equals(recordId))
                .mapToInt(AttemptId::attempt)
                .max()
                .orElse(0);
    }
}
