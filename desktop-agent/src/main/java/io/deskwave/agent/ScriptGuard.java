package io.deskwave.agent;

import io.deskwave.protocol.ResultCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a script from its birth to its end: looks again and again (exit? gone? overdue? to be stopped? news?), ends it
 * where that is due, and hands it to the {@link RunReport}. Event loop.
 */
final class ScriptGuard {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptGuard.class);

    private final RunState run;
    private final RunReport report;

    ScriptGuard(RunState run, RunReport report) {
        this.run = run;
        this.report = report;
    }

    void look(JournalEntry.Birth birth) {
        boolean sameBoot = run.isOfThisBoot();
        run.work.run(() -> run.process.look(birth, run.spool, sameBoot), look -> looked(look, birth));
    }

    private void looked(ScriptLook look, JournalEntry.Birth birth) {
        if (look.exitCode().isPresent()) {
            report.finish(ResultCode.EXITED, look.exitCode(), "", null);
            return;
        }
        look.ending(run.entry.order(), run.stopWanted)
                .ifPresentOrElse(
                        ending -> end(birth, ending),
                        () -> run.work.run(() -> run.pump.read(look.sizes()), read -> sendNews(read, look.sizes())));
    }

    private void sendNews(OutputPump.Read read, OutputSpool.Sizes sizes) {
        boolean news = run.pump.send(read);
        JournalEntry.HeadEnd head = run.pump.reachedHead(sizes);
        if (head == null) {
            run.pace.next(news, run.pump.isLive());
        } else {
            run.entry = run.entry.headFixed(head);
            run.write(() -> {
                run.pump.headIsKept(head);
                run.pace.soon();
            });
        }
    }

    /** The whole tree, and at once: the script may be gone and its processes not. */
    void end(JournalEntry.Birth birth, ScriptLook.Ending ending) {
        LOG.info("{} is being ended: {}", run.id, ending.why());
        run.work.run(() -> run.process.end(birth), tree -> ended(ending, tree));
    }

    private void ended(ScriptLook.Ending ending, ProcessTree.Ended tree) {
        run.work.run(
                () -> run.process.exitCode(false),
                exit -> report.finish(ending.code(), exit, Reasons.ended(ending.why(), tree), tree));
    }
}
