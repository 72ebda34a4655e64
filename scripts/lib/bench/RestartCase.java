import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** The node is killed while scripts run, and started again at once, as a service manager would. */
final class RestartCase {
    private static final int LONGEST_MILLIS = 20_000;
    private static final int PATIENCE_SECONDS = 180;
    private static final int ROUNDS = 2;
    /** An agent takes a shorter session for one that fails, and waits longer before the next. */
    private static final long PROVEN_MILLIS = 31_000;

    private RestartCase() {}

    static void run(Stage stage) throws Exception {
        int agents = stage.options().agents();
        stage.setFleet(agents);
        stage.commands(PATIENCE_SECONDS).time(CommandCase.COMMAND, 0);
        var unserved = new ArrayList<Double>();
        var back = new ArrayList<Double>();
        var inFlight = new ArrayList<Double>();
        var api = new ArrayList<Double>();
        for (int i = 0; i < ROUNDS; i++) {
            Thread.sleep(PROVEN_MILLIS);
            Outage outage = outage(stage, PATIENCE_SECONDS, LONGEST_MILLIS, true);
            unserved.add(outage.unservedSeconds());
            back.add(outage.backSeconds());
            inFlight.add((double) outage.inFlight());
            api.addAll(outage.apiMillis());
        }
        stage.check();
        Report report = stage.report();
        report.add(Row.median("restart: kill -9 to serving again", agents, "s", Sample.of(unserved), null, ""));
        report.add(Row.median("restart: kill -9 to 99 % back", agents, "s", Sample.of(back), Row.Target.atMost(30),
                Sample.text(Sample.of(inFlight).median()) + " records in flight; all ended SUCCESS, each was started once"));
        report.add(Row.p99("restart: API p99 from serving again to 99 % back", agents, "ms", Sample.of(api),
                Row.Target.atMost(500), ""));
    }

    /** @param apiMillis from when it serves again to when 99 % are back */
    record Outage(double unservedSeconds, double backSeconds, long inFlight, List<Double> apiMillis) {}

    /** @param longestMillis of the scripts that run over the kill */
    static Outage outage(Stage stage, int patienceSeconds, int longestMillis, boolean probes) throws Exception {
        int agents = stage.fleet().agents();
        Commands commands = stage.commands(patienceSeconds);
        long before = stage.fleet().figures().getLong("started");
        String task = commands.order("echo bench\n# swarm: delay-millis=1000-" + longestMillis + "\n", 0);
        JsonObject killedAt = stage.fleet().await("half of the scripts run", patienceSeconds,
                now -> now.getLong("started") - before >= agents / 2);
        long killed = System.nanoTime();
        stage.node().kill();
        stage.node().startAgain();
        double unserved = Commands.millisSince(killed) / 1000;
        var millis = new ArrayList<Double>();
        long back;
        if (probes) {
            var probe = new Probe(stage.api());
            try (probe) {
                probe.start();
                probe.count();
                back = awaitBack(stage, agents, killedAt, patienceSeconds);
            }
            stage.report().expect(probe.failures().isEmpty(), probe.failures());
            probe.samples().values().forEach(sample -> {
                for (double each : sample.sorted()) {
                    millis.add(each);
                }
            });
        } else {
            back = awaitBack(stage, agents, killedAt, patienceSeconds);
        }
        JsonObject ended = commands.awaitEnd(task);
        stage.report().expect(ended.getString("status").equals("SUCCESS"), "the task over the kill ended " + ended.encode());
        stage.fleet().await("all back", patienceSeconds, now -> now.getLong("connected") == agents);
        return new Outage(unserved, (back - killed) / 1e9, killedAt.getLong("held"), millis);
    }

    /** When it was. */
    private static long awaitBack(Stage stage, int agents, JsonObject killedAt, int patienceSeconds) throws Exception {
        double most = Math.ceil(agents * 0.99);
        stage.fleet().await("99 % back", patienceSeconds, now ->
                now.getLong("reconnects") - killedAt.getLong("reconnects") >= most && now.getLong("connected") >= most);
        return System.nanoTime();
    }
}
