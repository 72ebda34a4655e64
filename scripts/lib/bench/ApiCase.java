import java.util.ArrayList;

/** What a caller feels while commands run back to back. */
final class ApiCase {
    private static final int PATIENCE_SECONDS = 120;
    private static final long MILLIS = 25_000;

    private ApiCase() {}

    static void run(Stage stage) throws Exception {
        int agents = stage.options().agents();
        stage.setFleet(agents);
        Commands commands = stage.commands(PATIENCE_SECONDS);
        commands.time(CommandCase.COMMAND, 0);
        var probe = new Probe(stage.api());
        var ended = new ArrayList<Double>();
        try (probe) {
            probe.start();
            commands.time(CommandCase.COMMAND, 0);
            probe.count();
            long began = System.nanoTime();
            while (Commands.millisSince(began) < MILLIS) {
                ended.add(commands.time(CommandCase.COMMAND, 0).ended());
            }
        }
        stage.check();
        Report report = stage.report();
        report.expect(probe.failures().isEmpty(), probe.failures());
        probe.samples().forEach((name, sample) -> report.add(Row.p99("api while commands run, p99: " + name, agents, "ms",
                sample, Row.Target.atMost(100), "median " + Sample.text(sample.median()) + " ms")));
        report.add(Row.median("api: the commands beside it", agents, "ms", Sample.of(ended), null, ""));
    }
}
