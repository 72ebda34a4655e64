package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import org.jspecify.annotations.Nullable;

/** What the parts of one run have in common: {@link ScriptRun}, {@link ScriptGuard}, {@link RunReport}. Event loop. */
final class RunState {
    final RunTools tools;
    final AttemptId id;
    final ScriptProcess process;
    final OutputSpool spool;
    final OutputPump pump;
    final Pace pace;
    final RunWork work;
    JournalEntry entry;
    boolean stopWanted;

    RunState(RunTools tools, JournalEntry entry, Runnable tick, RunWork.Owner owner) {
        RunFolder folder = tools.journal().folder(entry.id());
        this.tools = tools;
        this.id = entry.id();
        this.entry = entry;
        this.process = new ScriptProcess(id, folder);
        this.spool = new OutputSpool(folder);
        this.pump = new OutputPump(id, tools.outbox(), spool, entry);
        this.pace = new Pace(tools.vertx(), tick);
        this.work = new RunWork(tools, owner);
    }

    boolean isEnded() {
        return entry.outcome() != null;
    }

    JournalEntry.@Nullable Birth birth() {
        return entry.birth();
    }

    /** Whether it waits to be started, or for the word to start it. */
    boolean isIdleBeforeStart() {
        return !work.isBusy() && entry.birth() == null && !isEnded();
    }

    /** A pid of an earlier boot says nothing about this one. */
    boolean isOfThisBoot() {
        return entry.bootId().equals(tools.bootId());
    }

    void tellStarted() {
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

    /** The entry as it is now, on the disk. */
    void write(Runnable then) {
        JournalEntry changed = entry;
        work.run(
                () -> {
                    tools.journal().write(changed);
                    return true;
                },
                ignored -> then.run());
    }
}
