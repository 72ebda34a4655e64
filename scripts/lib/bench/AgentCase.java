import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How much memory the agent takes when it is connected and has nothing to do, and how fast it comes. */
final class AgentCase {
    /** Where the agent's own runtime is when somebody made one. */
    private static final Path IMAGE = Path.of("desktop-agent/target/agent-image/bin/deskwave-agent");

    private static final int ROUNDS = 4;
    private static final long IDLE_MILLIS = 8_000;

    private interface Start {
        RealAgent now(int round) throws Exception;
    }

    private AgentCase() {}

    static void run(Stage stage) throws Exception {
        stage.setNode();
        measure(stage, "agent, java -jar", 80, 0, round -> RealAgent.start(stage, "jar", "jar-" + round));
        if (Files.isExecutable(IMAGE)) {
            measure(stage, "agent, its own runtime", 65, 500,
                    round -> RealAgent.start(stage, List.of(IMAGE.toAbsolutePath().toString()), "image", "image-" + round));
        } else {
            stage.report().notRun("there is no " + IMAGE);
        }
    }

    /** The first start enrols, and is not counted. */
    private static void measure(Stage stage, String name, double mostMib, double mostMillis, Start start) throws Exception {
        var memory = new ArrayList<Double>();
        var millis = new ArrayList<Double>();
        for (int i = 0; i < ROUNDS; i++) {
            RealAgent agent = start.now(i);
            if (i > 0) {
                Thread.sleep(IDLE_MILLIS);
                memory.add(agent.rssMib());
                millis.add(agent.connectMillis());
            }
            agent.stop();
        }
        Report report = stage.report();
        report.add(Row.median(name + ": memory, connected and idle", 0, "MiB", Sample.of(memory), Row.Target.atMost(mostMib), ""));
        report.add(Row.median(name + ": start to connected", 0, "ms", Sample.of(millis),
                mostMillis == 0 ? null : Row.Target.atMost(mostMillis), ""));
    }
}
