import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;

/**
 * Agents and viewers who misbehave, beside a fleet that does not: what it costs the others. Then a fleet whose sessions all
 * break off again and again while its scripts run, a tenth of which fail and are tried again until none does.
 */
final class StormCase {
    private static final int PATIENCE_SECONDS = 180;
    private static final int SLOW_AGENTS = 50;
    private static final int SLOW_VIEWERS = 10;
    private static final int NOISY_TASKS = 3;
    private static final int STORM_SECONDS = 10;
    private static final int STORMS = 3;
    private static final int TRIES = 10;

    private StormCase() {}

    static void run(Stage stage) throws Exception {
        int agents = stage.options().fewer();
        stage.setNode();
        stage.addFleet(agents);
        slow(stage, agents);
        storms(stage, agents);
        stage.clear();
    }

    private static void slow(Stage stage, int agents) throws Exception {
        Stage.Crowd slow = stage.addBeside("slow", Math.min(SLOW_AGENTS, agents), "--slow-readers", "1");
        Commands commands = stage.commands(PATIENCE_SECONDS);
        CommandCase.warmUp(commands, agents);
        Sample without = rounds(stage, commands);
        Commands theirs = stage.commands(slow.pool(), PATIENCE_SECONDS);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < NOISY_TASKS; i++) {
            all.add(theirs.order(OutputCase.WRITES, 0));
        }
        String noise = all.get(NOISY_TASKS - 1);
        List<SlowViewer> viewers = IntStream.range(0, SLOW_VIEWERS)
                .mapToObj(i -> SlowViewer.watch(stage.api(), all.get(0)))
                .toList();
        Sample with = rounds(stage, commands);
        boolean outlived = !theirs.find(noise).containsKey("end_time");
        viewers.forEach(SlowViewer::leave);
        for (String each : all) {
            theirs.awaitEnd(each);
        }
        stage.check();
        stage.report().add(Row.median("storm: a command beside " + slow.fleet().agents() + " slow agents and " + SLOW_VIEWERS
                + " slow viewers", agents, "ms", with, null, "without them " + Sample.text(without.median()) + " ms"
                + (outlived ? "" : "; they had ended before it did")));
    }

    private static Sample rounds(Stage stage, Commands commands) throws Exception {
        var ended = new ArrayList<Double>();
        for (int i = 0; i < stage.options().rounds(); i++) {
            ended.add(commands.time(CommandCase.COMMAND, 0).ended());
        }
        return Sample.of(ended);
    }

    private static void storms(Stage stage, int agents) throws Exception {
        Stage.Crowd wild =
                stage.addBeside("wild", agents, "--storm-every", Integer.toString(STORM_SECONDS), "--failure-rate", "0.1");
        Commands commands = stage.commands(wild.pool(), PATIENCE_SECONDS);
        FutureTask<List<Double>> watch = OutputCase.inBackground(() -> timesAway(wild.fleet()));
        int tasks = 0;
        while (!watch.isDone()) {
            String task = commands.order("echo bench\n# swarm: delay-millis=0-4000\n", 0);
            JsonObject ended = commands.awaitEnd(task);
            for (int i = 0; i < TRIES && ended.getInteger("failed_num") > 0; i++) {
                commands.retry(task);
                ended = commands.awaitEnd(task);
            }
            stage.report().expect("SUCCESS".equals(ended.getString("status")), "tried again and again: " + ended.encode());
            tasks++;
        }
        stage.check();
        stage.report().add(Row.median("storm: all sessions break off, to all back", agents, "s", Sample.of(watch.get()), null,
                tasks + " commands meanwhile, their failures retried until all were SUCCESS"));
    }

    /** For some storms: how long it took until every agent was connected again. */
    private static List<Double> timesAway(Fleet fleet) throws Exception {
        var times = new ArrayList<Double>();
        for (int i = 0; i < STORMS; i++) {
            fleet.await("a storm", 3 * STORM_SECONDS, now -> now.getLong("connected") < fleet.agents());
            long began = System.nanoTime();
            fleet.await("all back", PATIENCE_SECONDS, now -> now.getLong("connected") == fleet.agents());
            times.add(Commands.millisSince(began) / 1000);
        }
        return times;
    }
}
