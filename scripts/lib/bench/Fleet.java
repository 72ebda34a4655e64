import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A swarm of simulated agents, and what it counts. */
final class Fleet {
    private static final int READY_SECONDS = 600;

    private final Programs programs;
    private final Process process;
    private final Path figures;
    private final String log;
    private final int agents;

    private Fleet(Programs programs, Process process, Path figures, String log, int agents) {
        this.programs = programs;
        this.process = process;
        this.figures = figures;
        this.log = log;
        this.agents = agents;
    }

    /** Returns when every agent is connected. */
    static Fleet start(Programs programs, String classpath, Path bootstrap, String log, int agents, List<String> flags)
            throws IOException, InterruptedException {
        Path figures = programs.run().resolve(log + ".json");
        var command = new ArrayList<>(List.of(
                "-Xmx1g", "-XX:+UseSerialGC", "-cp", classpath, "Swarm",
                "--bootstrap", bootstrap.toString(), "--agents", Integer.toString(agents), "--figures", figures.toString()));
        command.addAll(flags);
        Process process = programs.java(log, command);
        programs.awaitLine(process, log, "swarm ready " + agents, READY_SECONDS);
        var fleet = new Fleet(programs, process, figures, log, agents);
        fleet.await("all connected", 30, now -> now.getLong("connected") == agents && now.getDouble("ready_seconds") > 0);
        return fleet;
    }

    int agents() {
        return agents;
    }

    /** At most a tenth of a second old. */
    JsonObject figures() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the swarm ended by itself; its log is " + programs.log(log));
        }
        return new JsonObject(Files.readString(figures));
    }

    JsonObject await(String what, int seconds, Predicate<JsonObject> reached) throws IOException, InterruptedException {
        JsonObject now = figures();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!reached.test(now)) {
            if (System.nanoTime() > deadline) {
                throw new IOException(what + ": not within " + seconds + " s: " + now.encode());
            }
            Thread.sleep(20);
            now = figures();
        }
        return now;
    }

    void stop() {
        programs.end(process, 15);
    }
}
