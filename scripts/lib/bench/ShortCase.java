import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** What scripts/verify runs: that nothing is lost or doubled with many agents. Takes no time as a fault. */
final class ShortCase {
    private static final int PATIENCE_SECONDS = 240;
    private static final int GRAY = 100;

    private interface Part {
        void run() throws Exception;
    }

    private ShortCase() {}

    static void run(Stage stage) throws Exception {
        int agents = stage.options().fewer();
        int gray = Math.min(GRAY, agents / 2);
        part(stage, agents + " agents enrol and connect", () -> {
            stage.setNode();
            stage.addFleet(agents);
        });
        Commands commands = stage.commands(PATIENCE_SECONDS);
        part(stage, "a command", () -> expect(stage, commands, CommandCase.COMMAND, 0, agents, 0));
        part(stage, "a command behind a gray batch", () -> expect(stage, commands, CommandCase.COMMAND, gray, agents, 0));
        part(stage, "a gray batch that fails", () ->
                expect(stage, commands, "false\n# swarm: failure-rate=1\n", gray, 0, agents - gray));
        part(stage, "output", () ->
                expect(stage, commands, "echo\n# swarm: output-bytes=65000 delay-millis=0-1000\n", 0, agents, 0));
        part(stage, "kill -9 with records in flight", () -> RestartCase.outage(stage, PATIENCE_SECONDS, 8_000, false));
    }

    private static void part(Stage stage, String name, Part part) throws Exception {
        int before = stage.report().wrongs();
        long began = System.nanoTime();
        part.run();
        stage.check();
        boolean right = stage.report().wrongs() == before;
        System.out.println(String.format(
                Locale.ROOT, "bench short: %s: %s (%.1f s)", name, right ? "right" : "WRONG", Commands.millisSince(began) / 1000));
    }

    /** The gray batch itself always runs; with a threshold of one, whatever it left is skipped or has failed. */
    private static void expect(Stage stage, Commands commands, String text, int gray, int success, int atLeastSkipped)
            throws Exception {
        JsonObject task = commands.awaitEnd(commands.order(text, gray));
        stage.report().expect(
                task.getInteger("success_num") == success && task.getInteger("skip_num") >= atLeastSkipped,
                "ended otherwise: " + task.encode());
    }
}
