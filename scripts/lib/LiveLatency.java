import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How long a line takes from a script's write to a viewer's WebSocket frame. A script prints the time at which it prints; the
 * viewer, on the same clock, takes the difference when the frame with the line is complete. So the figure holds the start of
 * the {@code date} that prints, the agent's look at the file, the commit, and the way to the viewer. Arguments: bootstrap
 * file, name of the desktop, lines of the measured task.
 */
final class LiveLatency {
    private static final String SCRIPT =
            """
            i=0
            while [ $i -lt %d ]; do
              date +%%s%%N
              sleep 0.04
              i=$((i + 1))
            done
            """;
    private static final int WARM_UP_LINES = 100;

    private LiveLatency() {}

    public static void main(String[] arguments) throws Exception {
        try {
            var api = new Api(Path.of(arguments[0]));
            JsonArray known = api.get("/desktops?limit=100").getJsonArray("desktops");
            String desktop = known.stream()
                    .map(JsonObject.class::cast)
                    .filter(each -> arguments[1].equals(each.getString("computer_name")))
                    .map(each -> each.getString("desktop_id"))
                    .findFirst()
                    .orElseThrow();
            int lines = Integer.parseInt(arguments[2]);
            System.out.println("| case | lines | median ms | p90 ms | p99 ms | max ms | machine |");
            System.out.println("|---|---|---|---|---|---|---|");
            System.out.println(row("live, first task after the start", measure(api, desktop, WARM_UP_LINES)));
            System.out.println(row("live", measure(api, desktop, lines)));
            System.exit(0);
        } catch (java.io.IOException | TimeoutException e) {
            System.err.println("bench: " + e);
            System.exit(1);
        }
    }

    /** Milliseconds, sorted. */
    private static double[] measure(Api api, String desktop, int lines) throws Exception {
        JsonObject order = new JsonObject()
                .put("resource_ids", new JsonArray().add(desktop))
                .put("command_type", "SHELL")
                .put("command_content", String.format(Locale.ROOT, SCRIPT, lines))
                .put("execution_timeout", 2);
        String taskId = api.post("/script-executions", order).getString("task_id");
        var viewer = new Stopwatch();
        api.watch(taskId, viewer);
        viewer.ended.get(100, TimeUnit.SECONDS);
        double[] sorted =
                viewer.millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length != lines) {
            throw new java.io.IOException("of " + lines + " lines " + sorted.length + " were seen");
        }
        return sorted;
    }

    private static String row(String name, double[] sorted) throws java.io.IOException {
        return String.format(
                Locale.ROOT,
                "| %s | %d | %.1f | %.1f | %.1f | %.1f | %s |",
                name,
                sorted.length,
                percentile(sorted, 50),
                percentile(sorted, 90),
                percentile(sorted, 99),
                sorted[sorted.length - 1],
                machine());
    }

    /** Nearest rank. */
    private static double percentile(double[] sorted, int percent) {
        return sorted[(int) Math.ceil(percent / 100.0 * sorted.length) - 1];
    }

    private static String machine() throws java.io.IOException {
        Path memory = Path.of("/proc/meminfo");
        String ram = Files.isReadable(memory)
                ? Files.readAllLines(memory).stream()
                        .filter(line -> line.startsWith("MemTotal:"))
                        .map(line -> Math.round(Long.parseLong(line.replaceAll("\\D", "")) / 1048576.0) + " GiB RAM, ")
                        .findFirst()
                        .orElse("")
                : "";
        return String.format(
                Locale.ROOT,
                "%d cores, %sJDK %s, %s %s, load %.1f",
                Runtime.getRuntime().availableProcessors(),
                ram,
                System.getProperty("java.version"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** Takes the time of every whole text message, and of every line in it. */
    private static final class Stopwatch implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();
        private final StringBuilder line = new StringBuilder();
        private final List<Double> millis = new ArrayList<>();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                Instant now = Instant.now();
                JsonObject event = new JsonObject(message.toString());
                message.setLength(0);
                if ("output".equals(event.getString("type"))) {
                    line.append(event.getString("text"));
                    takeLines(now.getEpochSecond() * 1_000_000_000L + now.getNano());
                } else if ("end".equals(event.getString("type"))) {
                    ended.complete(null);
                }
            }
            socket.request(1);
            return null;
        }

        private void takeLines(long nowNanos) {
            int last = line.lastIndexOf("\n");
            if (last >= 0) {
                Arrays.stream(line.substring(0, last).split("\n"))
                        .forEach(stamp -> millis.add((nowNanos - Long.parseLong(stamp)) / 1e6));
                line.delete(0, last + 1);
            }
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            ended.completeExceptionally(new java.io.IOException("closed before the end: " + code + " " + reason));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            ended.completeExceptionally(failure);
        }
    }
}
