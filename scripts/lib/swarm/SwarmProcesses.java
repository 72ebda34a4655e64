import com.sun.management.UnixOperatingSystemMXBean;
import io.deskwave.agent.SimulatedFleet;
import io.deskwave.agent.SwarmFigures;
import io.deskwave.agent.SwarmOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A swarm in several processes, for more agents than one may have open files, or one loopback address ports: each process
 * has its share of the agents and, on loopback, a source address of its own. They end with this process, however it ends.
 */
final class SwarmProcesses {
    /** Besides the sockets: jars, logs, pipes, the enrollment's connections. */
    private static final int OTHER_FILES = 300;
    /** Linux gives 28,231 ports to one source address by itself. */
    private static final int PORTS = 25_000;

    private static final int MOST = 16;
    private static final long READY_MILLIS = 600_000;

    private record Part(Process process, Path out, Path figures) {}

    private final SwarmOptions options;
    private final List<Part> parts = new ArrayList<>();
    private final Path folder;

    /** @throws IllegalArgumentException with one sentence when it cannot be done */
    static int needed(SwarmOptions options) {
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
        long each = Math.min(files - OTHER_FILES, PORTS);
        long needed = each <= 0 ? Long.MAX_VALUE : (options.agents() + each - 1) / each;
        if (needed > MOST || (needed > 1 && options.hasParent())) {
            throw new IllegalArgumentException("--agents " + options.agents() + " needs as many open files, and with "
                    + files + " for a process that is more than " + MOST
                    + " processes: ask for fewer, or raise `ulimit -n`");
        }
        return (int) needed;
    }

    SwarmProcesses(SwarmOptions options, List<String> arguments, int number) throws IOException {
        this.options = options;
        this.folder = Files.createTempDirectory("deskwave-swarm");
        var me = ManagementFactory.getRuntimeMXBean();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        for (int i = 0; i < number; i++) {
            int from = (int) ((long) options.agents() * i / number);
            int to = (int) ((long) options.agents() * (i + 1) / number);
            Path figures = folder.resolve("figures-" + i + ".json");
            var command = new ArrayList<>(List.of(java));
            command.addAll(me.getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), "Swarm"));
            var changed = new java.util.LinkedHashMap<>(Map.of(
                    "--agents", Integer.toString(to - from),
                    "--first", Integer.toString(options.first() + from),
                    "--figures", figures.toString(),
                    "--tell-parent", "yes"));
            if (Files.readString(options.bootstrap()).contains("//127.0.0.1:")) {
                changed.put("--source", "127.0.0." + (i + 2));
            }
            command.addAll(SwarmOptions.with(arguments, changed));
            Path out = folder.resolve("out-" + i);
            parts.add(new Part(
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(Redirect.INHERIT).start(),
                    out,
                    figures));
        }
    }

    void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_MILLIS);
        for (Part part : parts) {
            while (!Files.readString(part.out()).startsWith("swarm ready ")) {
                if (!part.process().isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("one of " + parts.size() + " processes did not come up");
                }
                addUp();
                Thread.sleep(100);
            }
        }
    }

    void addUpUntilOneEnds() throws IOException, InterruptedException {
        while (parts.stream().allMatch(part -> part.process().isAlive())) {
            addUp();
            Thread.sleep(100);
        }
    }

    private void addUp() throws IOException {
        if (options.figures() == null) {
            return;
        }
        var all = new ArrayList<JsonObject>();
        for (Part part : parts) {
            if (Files.exists(part.figures())) {
                all.add(new JsonObject(Files.readString(part.figures())));
            }
        }
        SimulatedFleet.replace(options.figures(), SwarmFigures.sum(all).encode());
    }

    /** Asks all to end, and answers what they counted. */
    JsonObject end() {
        parts.forEach(part -> part.process().destroy());
        var last = new ArrayList<JsonObject>();
        try {
            for (Part part : parts) {
                if (!part.process().waitFor(10, TimeUnit.SECONDS)) {
                    part.process().destroyForcibly();
                }
                Files.readAllLines(part.out()).stream()
                        .filter(line -> line.startsWith("{"))
                        .map(JsonObject::new)
                        .forEach(last::add);
                Files.deleteIfExists(part.out());
                Files.deleteIfExists(part.figures());
                Files.deleteIfExists(Path.of(part.figures() + ".new"));
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            System.err.println("swarm: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return last.isEmpty() ? new JsonObject().put("times", new JsonObject()) : SwarmFigures.sum(last);
    }
}
