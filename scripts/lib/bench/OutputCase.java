import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * 200 agents that write without pause: of each record 1 MiB is kept, so each agent has always a next record waiting that
 * writes just that. What counts is what the database holds, not what was sent. Beside it somebody watches a desktop that
 * writes a line now and then.
 */
final class OutputCase {
    static final String WRITES = "echo bench\n# swarm: output-bytes=1048576\n";
    private static final int AGENTS = 200;
    private static final int TASKS_WAITING = 3;
    private static final int PATIENCE_SECONDS = 120;
    private static final long RAMP_MILLIS = 4_000;
    private static final long LOOK_MILLIS = 3_000;
    private static final int LINES = 200;
    private static final double LINES_PER_SECOND = 15;

    private OutputCase() {}

    static void run(Stage stage) throws Exception {
        int agents = Math.min(AGENTS, stage.options().agents());
        stage.setNode();
        stage.addFleet(agents);
        RealAgent quiet = RealAgent.start(stage, "quiet-" + stage.node().pid(), "quiet");
        try {
            LiveViewer.measure(stage.api(), quiet.desktopId(), LINES / 2);
            Sample before = LiveViewer.measure(stage.api(), quiet.desktopId(), LINES);
            var load = new Load(stage);
            load.start();
            Thread.sleep(RAMP_MILLIS);
            int lines = (int) (stage.options().seconds() * LINES_PER_SECOND);
            FutureTask<Sample> meanwhile = inBackground(() -> LiveViewer.measure(stage.api(), quiet.desktopId(), lines));
            measure(stage, agents);
            Sample during = meanwhile.get();
            load.end();
            stage.check();
            stage.report().add(Row.p99("output: a quiet desktop's live latency, p99", agents, "ms", during, Row.Target.atMost(250),
                    "median " + Sample.text(during.median()) + " ms; without the load p99 "
                            + Sample.text(before.percentile(99)) + " ms"));
        } finally {
            quiet.stop();
        }
    }

    private static void measure(Stage stage, int agents) throws Exception {
        var rates = new ArrayList<Double>();
        var memory = new ArrayList<Double>();
        long pid = stage.node().pid();
        int collected = stage.node().heapMibAfterCollections().size();
        long began = System.nanoTime();
        long bytes = stage.ledger().outputBytes();
        long first = bytes;
        long at = System.nanoTime();
        while (Commands.millisSince(began) < stage.options().seconds() * 1000L) {
            Thread.sleep(LOOK_MILLIS);
            long now = stage.ledger().outputBytes();
            rates.add((now - bytes) / 1e3 / Commands.millisSince(at));
            at = System.nanoTime();
            bytes = now;
            memory.add(ProcFs.rssKib(pid) / 1024.0);
        }
        double whole = (bytes - first) / 1e3 / Commands.millisSince(began);
        Report report = stage.report();
        report.add(new Row("output: committed", agents, "MB/s", whole, Sample.of(rates), Row.Target.atLeast(30),
                "over " + stage.options().seconds() + " s, looked at every 3 s"));
        List<Double> heap = stage.node().heapMibAfterCollections();
        List<Double> since = heap.subList(Math.min(collected, heap.size()), heap.size());
        if (since.size() >= 2) {
            Sample early = Sample.of(since.subList(0, since.size() / 2));
            Sample late = Sample.of(since.subList(since.size() / 2, since.size()));
            report.add(Row.median("output: heap of the node after a collection", agents, "MiB", Sample.of(since), null,
                    "first half " + Sample.text(early.median()) + ", second half " + Sample.text(late.median()) + " MiB"));
        }
        report.add(Row.median("output: memory of the node", agents, "MiB", Sample.of(memory), null,
                "at first " + Sample.text(memory.get(0)) + ", at last " + Sample.text(memory.get(memory.size() - 1)) + " MiB"));
    }

    static <T> FutureTask<T> inBackground(Callable<T> work) {
        var task = new FutureTask<>(work);
        var thread = new Thread(task, "beside");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Sees to it that some tasks are always waiting behind the one that runs. */
    private static final class Load {
        private final Commands commands;
        private volatile boolean ending;
        private FutureTask<Void> keepingOn;

        private Load(Stage stage) {
            this.commands = stage.commands(PATIENCE_SECONDS);
        }

        private void start() {
            keepingOn = inBackground(() -> {
                var waiting = new ArrayDeque<String>();
                while (!ending) {
                    while (waiting.size() <= TASKS_WAITING) {
                        waiting.add(commands.order(WRITES, 0));
                    }
                    commands.awaitEnd(waiting.remove());
                }
                for (String task : waiting) {
                    commands.awaitEnd(task);
                }
                return null;
            });
        }

        private void end() throws Exception {
            ending = true;
            keepingOn.get();
        }
    }
}
