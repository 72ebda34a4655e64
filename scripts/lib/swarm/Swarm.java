import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.deskwave.agent.SimulatedFleet;
import io.deskwave.agent.SwarmOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * The main class of scripts/swarm. Prints {@code swarm ready N} when all are welcomed; when asked to end (SIGTERM, SIGINT)
 * one line of JSON. Exit code 0 asked to end, 1 failed, 2 usage.
 */
final class Swarm {
    private Swarm() {}

    public static void main(String[] arguments) throws Exception {
        System.setProperty("vertx.disableDnsResolver", "true");
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.ERROR);
        SwarmOptions options;
        String token;
        try {
            options = SwarmOptions.parse(arguments);
        } catch (IllegalArgumentException e) {
            fail(2, e);
            return;
        }
        try {
            token = options.pool() == null
                    ? new JsonObject(Files.readString(options.bootstrap())).getString("enrollment_token")
                    : poolToken(options);
        } catch (java.io.IOException | RuntimeException e) {
            fail(1, e);
            return;
        }
        var fleet = new SimulatedFleet(options, token);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(fleet), "end"));
        fleet.start()
                .onSuccess(ready -> System.out.println("swarm ready " + options.agents()))
                .onFailure(cause -> {
                    System.err.println("swarm: " + cause.getMessage());
                    Runtime.getRuntime().halt(1);
                });
    }

    /** A token of its own: what enrols with it is in the pool. */
    private static String poolToken(SwarmOptions options) throws java.io.IOException, InterruptedException {
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

    private static void fail(int code, Exception e) {
        System.err.println("swarm: " + e.getMessage());
        System.exit(code);
    }

    /** In a shutdown hook the exit code of a signal is the JVM's, so it is halted with ours. */
    private static void end(SimulatedFleet fleet) {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).reset(); // what now comes of closing is no news
        System.out.println(fleet.figures());
        System.out.flush();
        try {
            fleet.stop().await(3, TimeUnit.SECONDS);
        } catch (Exception e) {
            // The sockets go with the process.
        }
        Runtime.getRuntime().halt(0);
    }
}
