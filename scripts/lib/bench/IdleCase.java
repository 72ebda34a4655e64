import java.util.ArrayList;

/** Agents that are connected and do nothing. */
final class IdleCase {
    private static final int LOOKS = 5;
    private static final double LOOK_SECONDS = 6;

    private IdleCase() {}

    static void run(Stage stage) throws Exception {
        int agents = stage.options().agents();
        stage.setNode();
        Thread.sleep(5000);
        long pid = stage.node().pid();
        long base = ProcFs.rssKib(pid);
        stage.addFleet(agents);
        var came = stage.fleet().figures();
        Thread.sleep(10_000); // the first pings are a part of idling, the last enrollments are not
        var memory = new ArrayList<Double>();
        var cpu = new ArrayList<Double>();
        var postgres = new ArrayList<Double>();
        for (int i = 0; i < LOOKS; i++) {
            double before = ProcFs.cpuSeconds(pid);
            double below = ProcFs.cpuSecondsBelow(pid);
            Thread.sleep((long) (LOOK_SECONDS * 1000));
            cpu.add((ProcFs.cpuSeconds(pid) - before) / LOOK_SECONDS * 100);
            postgres.add((ProcFs.cpuSecondsBelow(pid) - below) / LOOK_SECONDS * 100);
            memory.add((ProcFs.rssKib(pid) - base) / (double) agents);
        }
        Report report = stage.report();
        report.add(Row.median("enrol and connect", agents, "s", Sample.of(came.getDouble("ready_seconds")), null,
                Sample.text(agents / came.getDouble("ready_seconds")) + " a second"));
        report.add(Row.median("idle: memory of the node above its base, a desktop", agents, "KiB", Sample.of(memory),
                Row.Target.atMost(40), "base " + base / 1024 + " MiB, now " + ProcFs.rssKib(pid) / 1024 + " MiB"));
        report.add(Row.median("idle: CPU of the node, of one core", agents, "%", Sample.of(cpu), Row.Target.atMost(5), ""));
        report.add(Row.median("idle: CPU of PostgreSQL, of one core", agents, "%", Sample.of(postgres), null, ""));
    }
}
