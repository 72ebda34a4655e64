import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an idle agent takes and how soon it is connected. Linux.
 *
 * <pre>{@code
 * java AgentFootprint.java BOOTSTRAP FOLDER LABEL COMMAND...
 * }</pre>
 *
 * BOOTSTRAP is the file of a control plane that runs; FOLDER, for the homes of the agents, is made and must not exist;
 * COMMAND is how an agent is started, up to and without {@code run}: {@code java @desktop-agent.options -jar desktop-agent.jar},
 * or an image's {@code bin/deskwave-agent}. It has to become the agent (exec), because its process is the one that is measured.
 *
 * <p>Enrols three agents and leaves them alone for 30 s: RSS and PSS of each, in KiB. Then starts one of them ten times,
 * enrolled: milliseconds from before the process is started to the line {@code connected}. Prints a head and a line of
 * Markdown, then one line of JSON. Takes about a minute; ends what it started.
 */
final class AgentFootprint {
    private static final int AGENTS = 3;
    private static final int STARTS = 10;
    private static final int IDLE_SECONDS = 30;

    private final Path folder;
    private final List<String> command;
    private final List<Process> running = new ArrayList<>();

    private AgentFootprint(Path folder, List<String> command) {
        this.folder = folder;
        this.command = command;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 4) {
            System.err.println("use: java AgentFootprint.java BOOTSTRAP FOLDER LABEL COMMAND...");
            System.exit(2);
        }
        Matcher token = Pattern.compile("\"enrollment_token\"\\s*:\\s*\"([^\"]+)\"")
                .matcher(Files.readString(Path.of(arguments[0])));
        if (!token.find()) {
            throw new IOException("no enrollment_token in " + arguments[0]);
        }
        Path folder = Files.createDirectory(
                Path.of(arguments[1]).toAbsolutePath(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(folder.resolve("enrollment-token"), token.group(1));
        var footprint = new AgentFootprint(folder, List.of(arguments).subList(3, arguments.length));
        Runtime.getRuntime().addShutdownHook(new Thread(footprint::endAll));
        footprint.measure(arguments[2]);
    }

    private void measure(String label) throws Exception {
        for (int i = 1; i <= AGENTS; i++) {
            long unused = connect("idle-" + i);
        }
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        long[] rss = running.stream().mapToLong(p -> kib(p, "Rss:")).sorted().toArray();
        long[] pss = running.stream().mapToLong(p -> kib(p, "Pss:")).sorted().toArray();
        long[] own = running.stream().mapToLong(p -> kib(p, "Pss_Anon:")).sorted().toArray();
        endAll();
        long[] millis = new long[STARTS];
        for (int i = 0; i < STARTS; i++) {
            millis[i] = connect("idle-1");
            endAll();
        }
        Arrays.sort(millis);
        long median = (millis[STARTS / 2 - 1] + millis[STARTS / 2]) / 2;
        System.out.println("| agent | RSS MB | PSS MB | of it anonymous MB | start to connected ms, median | max |");
        System.out.println("|---|---|---|---|---|---|");
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.1f | %d | %d |%n",
                label,
                rss[AGENTS / 2] / 1024.0,
                pss[AGENTS / 2] / 1024.0,
                own[AGENTS / 2] / 1024.0,
                median,
                millis[STARTS - 1]);
        System.out.printf(
                Locale.ROOT,
                "{\"agent\": \"%s\", \"rss_kib\": %d, \"pss_kib\": %d, \"anonymous_kib\": %d, \"connected_ms_p50\": %d,"
                        + " \"connected_ms_max\": %d}%n",
                label.replace("\"", "'"),
                rss[AGENTS / 2],
                pss[AGENTS / 2],
                own[AGENTS / 2],
                median,
                millis[STARTS - 1]);
    }

    /** Starts one that is enrolled, or enrols it; answers how many milliseconds passed until it was connected. */
    private long connect(String name) throws IOException {
        Path err = folder.resolve(name + ".err");
        List<String> whole = Stream.concat(
                        command.stream(),
                        Stream.of(
                                "run",
                                "--home",
                                folder.resolve(name).toString(),
                                "--name",
                                name,
                                "--power",
                                "simulate",
                                "--enrollment-token-file",
                                folder.resolve("enrollment-token").toString()))
                .toList();
        long from = System.nanoTime();
        Process agent = new ProcessBuilder(whole).redirectError(err.toFile()).start();
        running.add(agent);
        BufferedReader out = agent.inputReader();
        String line = out.readLine();
        if (line == null || !line.startsWith("connected ")) {
            throw new IOException(name + " did not connect: " + line + " " + Files.readString(err));
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from);
    }

    private static long kib(Process agent, String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + agent.pid() + "/smaps_rollup"))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new IllegalStateException("cannot look at process " + agent.pid(), e);
        }
    }

    private void endAll() {
        running.forEach(Process::destroy);
        for (Process each : running) {
            try {
                if (!each.waitFor(10, TimeUnit.SECONDS)) {
                    each.toHandle().destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        running.clear();
    }
}
