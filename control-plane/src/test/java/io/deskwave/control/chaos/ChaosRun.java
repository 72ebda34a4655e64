package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * One run: an installation is started, worked on and broken for a while; then everything is put right, what is under way
 * comes to its end, and the story is judged.
 */
public final class ChaosRun {
    private static final Duration LONGEST_QUIET = Duration.ofMinutes(15);
    private static final int VIEWERS_SECONDS = 60;
    private static final int WORKERS = 3;
    private static final String LEFT =
            """
        SELECT r.desktop_name || ': ' || count(*) || ' records, taken by '
               || coalesce(max(CASE WHEN w.busy THEN concat_ws(' ', r.id::text, 'attempt', w.attempt, r.status,
                               'before', r.pre_start_state, 'after', r.post_finish_state,
                               'until', w.deadline, w.step_deadline) END), 'none')
               || ', node ' || coalesce(max(d.node_id::text), 'none') || ', seen ' || max(d.last_seen_at)
        FROM record_work w
        JOIN execution_records r ON r.id = w.record_id
        JOIN desktops d ON d.id = w.desktop_id
        GROUP BY r.desktop_name ORDER BY r.desktop_name
        """;

    /** What came of it. */
    public record Result(List<String> findings, List<String> summary) {}

    private final Options options;
    private final Journal journal;

    private ChaosRun(Options options, PrintStream out) {
        this.options = options;
        this.journal = new Journal(out);
    }

    /**
     * @param folder empty; what runs, runs in it
     * @param ownDisks whether this process is in a mount namespace of its own, where it may make small disks
     */
    public static Result in(
            Path folder,
            Path controlPlane,
            Path agent,
            Path agentOptions,
            Options options,
            boolean ownDisks,
            PrintStream out) {
        var run = new ChaosRun(options, out);
        return run.run(folder, new Site.Jars(controlPlane, agent, agentOptions), ownDisks);
    }

    private Result run(Path folder, Site.Jars jars, boolean ownDisks) {
        journal.say("seed " + options.seed() + ", " + options.nodes() + " nodes, " + options.agents()
                + " agents, faults for " + options.faults().toSeconds() + " s, one every "
                + options.every().toSeconds() + " s");
        if (!ownDisks) {
            journal.say("NOT RUN: full disks; that needs root and a mount namespace");
        }
        if (!Desk.canMoveClocks()) {
            journal.say("NOT RUN: clock steps; that needs libfaketime");
        }
        var closing = new Thread(() -> Leftovers.endAll(folder));
        Runtime.getRuntime().addShutdownHook(closing);
        try (Site site = Site.start(folder, jars, options, ownDisks, journal)) {
            return work(site);
        } finally {
            Runtime.getRuntime().removeShutdownHook(closing);
            Leftovers.endAll(folder);
        }
    }

    private Result work(Site site) {
        var api = new Api(site, journal);
        var sampler = new Sampler(site);
        var viewers = new Viewers(api, journal);
        var disturbed = new Disturbed(site);
        var workload = new Workload(site, api, sampler, viewers, journal, options);
        Thread sampling = Threads.start("chaos-sampler", sampler::run);
        workload.storeScripts();
        List<Thread> working = IntStream.range(0, WORKERS)
                .mapToObj(i ->
                        Threads.start("chaos-work-" + i, () -> work(workload.beside(options.seed() * WORKERS + i))))
                .toList();
        journal.say("everything is up");
        new Faults(FaultMenu.of(site, disturbed), options.seed(), journal).run(options.faults(), options.every());
        journal.say("all faults are over");
        workload.stop();
        working.forEach(ChaosRun::join);
        awaitQuiet(site);
        List<Viewers.Seen> seen = viewers.finish(VIEWERS_SECONDS);
        sampler.stop();
        join(sampling);
        return judge(site, api, workload.deeds(), sampler, seen, disturbed.runs());
    }

    private void work(Workload workload) {
        try {
            workload.run();
        } catch (RuntimeException e) {
            journal.find("the work ended: " + e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofMinutes(4).toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " does not end");
        }
    }

    /** Until nothing is under way; the deadlines of the work bound it. */
    private void awaitQuiet(Site site) {
        long from = System.nanoTime();
        int[] told = {0};
        boolean quiet = Wait.until(LONGEST_QUIET, () -> {
            List<String> left = left(site);
            int seconds = (int) Duration.ofNanos(System.nanoTime() - from).toSeconds();
            if (!left.isEmpty() && seconds >= told[0] + 60) {
                told[0] = seconds;
                journal.say("under way after " + seconds + " s:");
                left.forEach(line -> journal.say("  " + line));
            }
            return left.isEmpty();
        });
        journal.say(quiet ? "all is quiet" : "it did not become quiet");
    }

    private static List<String> left(Site site) {
        var lines = new ArrayList<String>();
        try (Connection connection = site.database();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery(LEFT)) {
            while (rows.next()) {
                lines.add(rows.getString(1));
            }
        } catch (SQLException | IOException e) {
            lines.add("nobody can tell: " + e.getMessage());
        }
        return lines;
    }

    private Result judge(
            Site site, Api api, Deeds deeds, Sampler sampler, List<Viewers.Seen> seen, Set<String> disturbed) {
        History history;
        try {
            history = new Historian(site, api).read(deeds, sampler, seen, disturbed);
        } catch (SQLException | IOException e) {
            throw new IllegalStateException("the story cannot be read", e);
        }
        Checker.check(history).forEach(journal::find);
        List<String> findings = journal.findings();
        List<String> summary = summary(history, findings);
        summary.forEach(journal::say);
        return new Result(findings, summary);
    }

    private List<String> summary(History history, List<String> findings) {
        Map<String, Integer> counts = journal.counts();
        int faults = counts.entrySet().stream()
                .filter(each -> each.getKey().startsWith("fault: "))
                .mapToInt(Map.Entry::getValue)
                .sum();
        long runs = history.acts().stream().filter(History.Act::start).count();
        var lines = new ArrayList<String>();
        lines.add("seed " + options.seed() + ", " + options.nodes() + " nodes: "
                + history.tasks().size() + " tasks, "
                + history.records().size() + " records, " + runs + " starts, " + faults + " faults, "
                + findings.size() + " findings");
        new TreeMap<>(Historian.byCode(history))
                .forEach((code, count) -> lines.add("  records " + code + ": " + count));
        counts.forEach((kind, count) -> lines.add("  " + kind + ": " + count));
        lines.add("  runs whose output was not judged, for a full disk: " + disturbedCount(history));
        findings.forEach(finding -> lines.add("FOUND " + finding));
        return List.copyOf(lines);
    }

    private static int disturbedCount(History history) {
        return history.disturbed().size();
    }
}
