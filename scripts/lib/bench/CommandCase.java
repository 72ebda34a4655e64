import java.util.ArrayList;

/** One command on all agents, from before the POST to the look that finds the task ended; and the floor under it. */
final class CommandCase {
    static final String COMMAND = "echo bench";
    private static final int PATIENCE_SECONDS = 120;
    /** So many records make a JVM warm, on few agents as on many; and at least some commands, within some time. */
    private static final int WARM_RECORDS = 30_000;

    private static final int WARM_UPS = 3;
    private static final double WARM_MILLIS = 15_000;
    private static final int GRAY = 100;
    private static final String ALL = "command: POST to last SUCCESS";

    private CommandCase() {}

    static void run(Stage stage) throws Exception {
        withFloor(stage, stage.options().agents(), Row.Target.atMost(3000));
    }

    static void runFewer(Stage stage) throws Exception {
        Report report = stage.report();
        int fewer = stage.options().fewer();
        int agents = stage.options().agents();
        withFloor(stage, fewer, null);
        double among = report.median(ALL, agents);
        if (Double.isNaN(among) || fewer >= agents) {
            report.notRun("what one desktop costs among more: ask for command and fewer in one run");
            return;
        }
        report.add(Row.median("command: cost of one desktop, against that among " + fewer, agents, "x",
                Sample.of(among / agents / (report.median(ALL, fewer) / fewer)), Row.Target.atMost(1.3), ""));
    }

    private static void withFloor(Stage stage, int agents, Row.Target target) throws Exception {
        Report report = stage.report();
        stage.setFleet(agents);
        Sample ours = measure(stage, 0);
        report.add(Row.median(ALL, agents, "ms", ours, target, ""));
        Sample floor = FloorCase.measure(stage, agents);
        report.add(Row.median("command: ours / floor", agents, "x", Sample.of(ours.median() / floor.median()),
                target == null ? null : Row.Target.atMost(3), ""));
    }

    static void runGray(Stage stage) throws Exception {
        Report report = stage.report();
        int agents = stage.options().agents();
        stage.setFleet(agents);
        Commands commands = stage.commands(PATIENCE_SECONDS);
        warmUp(commands, agents);
        var plain = new ArrayList<Double>();
        var gray = new ArrayList<Double>();
        for (int i = 0; i < stage.options().rounds(); i++) { // in turn, so that what drifts moves both
            plain.add(commands.time(COMMAND, 0).ended());
            gray.add(commands.time(COMMAND, Math.min(GRAY, agents / 2)).ended());
        }
        stage.check();
        report.add(Row.median("gray: POST to last SUCCESS", agents, "ms", Sample.of(gray), null, ""));
        report.add(Row.median("gray: what the gate adds", agents, "ms",
                Sample.of(Sample.of(gray).median() - Sample.of(plain).median()), Row.Target.atMost(200),
                "without it " + Sample.text(Sample.of(plain).median()) + " ms"));
    }

    private static Sample measure(Stage stage, int gray) throws Exception {
        Commands commands = stage.commands(PATIENCE_SECONDS);
        warmUp(commands, stage.fleet().agents());
        var ended = new ArrayList<Double>();
        for (int i = 0; i < stage.options().rounds(); i++) {
            ended.add(commands.time(COMMAND, gray).ended());
        }
        stage.check();
        return Sample.of(ended);
    }

    static void warmUp(Commands commands, int agents) throws Exception {
        long began = System.nanoTime();
        for (int i = 0; i < WARM_UPS || (i * agents < WARM_RECORDS && Commands.millisSince(began) < WARM_MILLIS); i++) {
            commands.time(COMMAND, 0);
        }
    }
}
