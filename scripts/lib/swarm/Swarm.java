import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.deskwave.agent.SimulatedFleet;
import io.deskwave.agent.SwarmFigures;
import io.deskwave.agent.SwarmOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * The main class of scripts/swarm. Prints {@code swarm ready N} when all are welcomed; when asked to end (SIGTERM, SIGINT)
 * one line of JSON. Exit code 0 asked to end, 1 failed, 2 usage. Where one process may not open so many files, several are
 * started ({@link SwarmProcesses}), and this one only adds up.
 */
final class Swarm {
    private Swarm() {}

    public static void main(String[] arguments) throws Exception {
        System.setProperty("vertx.disableDnsResolver", "true");
        for (String logger : List.of(Logger.ROOT_LOGGER_NAME, "io.netty", "io.vertx")) {
            ((Logger) LoggerFactory.getLogger(logger)).setLevel(Level.ERROR);
        }
        try {
            SwarmOptions options = SwarmOptions.parse(List.of(arguments));
            int processes = SwarmProcesses.needed(options);
            if (processes == 1) {
                one(options);
            } else {
                several(options, List.of(arguments), processes);
            }
        } catch (IllegalArgumentException e) {
            fail(2, e);
        } catch (IOException | RuntimeException e) {
            fail(1, e);
        }
    }

    private static void one(SwarmOptions options) throws IOException, InterruptedException {
        String token = options.pool() == null
                ? new JsonObject(Files.readString(options.bootstrap())).getString("enrollment_token")
                : poolToken(options);
        var fleet = new SimulatedFleet(options, token);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(fleet, options.hasParent()), "end"));
        if (options.hasParent()) {
            endWithParent();
        }
        fleet.start()
                .onSuccess(ready -> System.out.println("swarm ready " + options.agents()))
                .onFailure(cause -> {
                    System.err.println("swarm: " + cause.getMessage());
                    Runtime.getRuntime().halt(1);
                });
    }

    private static void several(SwarmOptions options, List<String> arguments, int number) throws Exception {
        var processes = new SwarmProcesses(options, arguments, number);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            System.out.println(SwarmFigures.lastLine(processes.end()));
                            System.out.flush();
                            Runtime.getRuntime().halt(0);
                        },
                        "end"));
        processes.awaitReady();
        System.out.println("swarm ready " + options.agents());
        processes.addUpUntilOneEnds();
        throw new IOException("one of " + number + " processes ended by itself");
    }

    /** A token of its own: what enrols with it is in the pool. */
    private static String poolToken(SwarmOptions options) throws IOException, InterruptedException {
        return new Api(options.bootstrap())
                .postTo(
                        "/v1/enrollment-tokens",
                        new JsonObject()
                                .put("pool_id", options.pool())
                                .put("description", "a swarm's")
                                .put("max_uses", options.agents())
                                .put("expires_in_minutes", 60))
                .getString("enrollment_token");
    }

    /** The parent holds the other end of our standard input. */
    private static void endWithParent() {
        var watch = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // nothing is said there
                        }
                    } catch (IOException e) {
                        // as good as its end
                    }
                    System.exit(0);
                },
                "parent");
        watch.setDaemon(true);
        watch.start();
    }

    private static void fail(int code, Exception e) {
        System.err.println("swarm: " + e.getMessage());
        Runtime.getRuntime().exit(code);
    }

    /** In a shutdown hook the exit code of a signal is the JVM's, so it is halted with ours. */
    private static void end(SimulatedFleet fleet, boolean hasParent) {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).reset(); // what now comes of closing is no news
        System.out.println(hasParent ? fleet.figures().encode() : SwarmFigures.lastLine(fleet.figures()));
        System.out.flush();
        try {
            fleet.stop().await(3, TimeUnit.SECONDS);
        } catch (Exception e) {
            // The sockets go with the process.
        }
        Runtime.getRuntime().halt(0);
    }
}
