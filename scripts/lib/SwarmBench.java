import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Measures a control plane under a swarm. {@code pool BOOTSTRAP} makes a pool and prints its id; {@code run BOOTSTRAP POOL PID
 * BASE_RSS_KB FIGURES JSON} measures, where PID is the control plane's, BASE_RSS_KB its memory before the swarm came and
 * FIGURES the file the swarm rewrites. It kills that PID for the last case: whoever started it starts it again on its port.
 * Everything is bounded in count and in time. Exit code 1 when a count is wrong.
 */
final class SwarmBench {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROUNDS = 5;

    private final Api api;
    private final String pool;
    private final long controlPlane;
    private final Path figuresFile;
    private final JsonArray rows = new JsonArray();
    private final List<String> wrong = new ArrayList<>();
    private final int agents;
    private long expected;

    private SwarmBench(Api api, String pool, long controlPlane, Path figuresFile) throws IOException {
        this.api = api;
        this.pool = pool;
        this.controlPlane = controlPlane;
        this.figuresFile = figuresFile;
        this.agents = figures().getInteger("agents");
    }

    public static void main(String[] arguments) throws Exception {
        try {
            var api = new Api(Path.of(arguments[1]));
            if (arguments[0].equals("pool")) {
                System.out.println(api.post("/desktop-pools", new JsonObject().put("name", "swarm").put("type", "DYNAMIC").put("size", 0))
                        .getString("pool_id"));
                System.exit(0);
            }
            var bench = new SwarmBench(api, arguments[2], Long.parseLong(arguments[3]), Path.of(arguments[5]));
            bench.run(Long.parseLong(arguments[4]), Path.of(arguments[6]));
            System.exit(bench.wrong.isEmpty() ? 0 : 1);
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(1);
        }
    }

    private void run(long baseRssKib, Path json) throws Exception {
        JsonObject came = figures();
        System.out.println("| case | agents | figures |");
        System.out.println("|---|---|---|");
        row("enrol and connect", new JsonObject()
                .put("enrolled_s", came.getDouble("enrolled_seconds"))
                .put("ready_s", came.getDouble("ready_seconds"))
                .put("refused_busy", came.getLong("refused_busy")));
        idle(baseRssKib);
        command("one command, first", 0);
        repeat("one command", 0);
        repeat("one command, gray_count 100", Math.min(100, Math.max(1, agents / 2)));
        whileCommandsRun();
        outage();
        command("one command after the restart", 0);
        if (!wrong.isEmpty()) {
            wrong.forEach(text -> System.out.println("WRONG: " + text));
        }
        var result = new JsonObject()
                .put("at", Instant.now().toString())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("java", System.getProperty("java.version"))
                .put("rows", rows)
                .put("wrong", new JsonArray(wrong))
                .put("swarm", figures());
        Files.writeString(json, result.encodePrettily() + "\n");
    }

    // (e)
    private void idle(long baseRssKib) throws Exception {
        Thread.sleep(3000);
        long ticks = cpuTicks();
        long children = childrenCpuTicks();
        Thread.sleep(10_000);
        long rss = rssKib();
        row("idle, 10 s", new JsonObject()
                .put("rss_mib", rss / 1024)
                .put("base_rss_mib", baseRssKib / 1024)
                .put("rss_kib_per_desktop", tenths((rss - baseRssKib) / (double) agents))
                // 100 ticks a second, here and on every Linux of the last twenty years
                .put("cpu_percent", tenths((cpuTicks() - ticks) / 10.0))
                .put("postgres_cpu_percent", tenths((childrenCpuTicks() - children) / 10.0)));
    }

    // (a), (b)
    private void repeat(String name, int gray) throws Exception {
        var walls = new ArrayList<Double>();
        var own = new ArrayList<Double>();
        for (int i = 0; i < ROUNDS; i++) {
            Timing timing = time(gray);
            walls.add(timing.wallMillis());
            own.add(timing.databaseMillis());
        }
        row(name + ", median of " + ROUNDS, new JsonObject()
                .put("post_to_success_ms", percentile(walls, 50))
                .put("max_ms", percentile(walls, 100))
                .put("database_create_to_end_ms", percentile(own, 50)));
    }

    private void command(String name, int gray) throws Exception {
        Timing timing = time(gray);
        row(name, new JsonObject()
                .put("post_ms", tenths(timing.postMillis()))
                .put("post_to_success_ms", tenths(timing.wallMillis()))
                .put("database_create_to_end_ms", tenths(timing.databaseMillis())));
    }

    private record Timing(double postMillis, double wallMillis, double databaseMillis) {}

    /** From the POST to the look that finds the task ended; and from the task's own create_time to its end_time. */
    private Timing time(int gray) throws Exception {
        long began = System.nanoTime();
        String task = post(gray);
        double posted = millisSince(began);
        JsonObject ended = awaitEnd(task);
        double wall = millisSince(began);
        check(task, ended);
        Instant first = Instant.parse(ended.getString("create_time"));
        return new Timing(
                posted, wall, Duration.between(first, Instant.parse(ended.getString("end_time"))).toMillis());
    }

    private String post(int gray) throws Exception {
        var order = new JsonObject()
                .put("command_type", "SHELL")
                .put("command_content", "echo swarm")
                .put("execution_timeout", 2);
        if (gray > 0) {
            order.put("gray_count", gray);
        }
        return api.post("/desktop-pools/" + pool + "/script-executions", order).getString("task_id");
    }

    private JsonObject task(String id) throws Exception {
        return api.get("/script-execution-tasks?limit=1&task_id=" + id).getJsonArray("script_tasks").getJsonObject(0);
    }

    private JsonObject awaitEnd(String id) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            JsonObject task = task(id);
            if (task.containsKey("end_time")) {
                return task;
            }
            Thread.sleep(20);
        }
        throw new IOException("task " + id + " did not end within " + PATIENCE.toSeconds() + " s: " + counters(task(id)));
    }

    private static String counters(JsonObject t) {
        return "total " + t.getInteger("total_num") + ", success " + t.getInteger("success_num") + ", failed "
                + t.getInteger("failed_num") + ", skip " + t.getInteger("skip_num");
    }

    /** Counters equal rows, and no script was started twice. */
    private void check(String id, JsonObject task) throws Exception {
        int sum = task.getInteger("success_num") + task.getInteger("failed_num") + task.getInteger("skip_num");
        JsonObject listed = api.get("/script-execution-records?limit=1&script_task_id=" + id);
        JsonObject good = api.get("/script-execution-records?limit=1&status=SUCCESS&script_task_id=" + id);
        expect(sum == task.getInteger("total_num"), "task " + id + ": " + counters(task));
        expect(listed.getInteger("count") == agents, "task " + id + ": " + listed.getInteger("count") + " records");
        expect(
                good.getInteger("count").equals(task.getInteger("success_num")),
                "task " + id + ": " + good.getInteger("count") + " records SUCCESS, but " + counters(task));
        expected += agents;
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (figures().getLong("started") < expected && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        JsonObject now = figures();
        expect(now.getLong("doubled_starts") == 0, "scripts started twice: " + now.encode());
        expect(now.getLong("started") == expected, "started " + now.getLong("started") + ", expected " + expected);
    }

    private void expect(boolean right, String otherwise) {
        if (!right) {
            wrong.add(otherwise);
        }
    }

    // (c)
    private void whileCommandsRun() throws Exception {
        var done = new AtomicBoolean();
        var load = new Thread(() -> {
            try {
                for (int i = 0; i < 2 * ROUNDS && !done.get(); i++) {
                    time(0);
                }
            } catch (Exception e) {
                wrong.add("the load stopped: " + e.getMessage());
            }
        });
        load.start();
        Map<String, Callable<JsonObject>> calls = new TreeMap<>();
        String record = api.get("/script-execution-records?limit=1")
                .getJsonArray("script_records")
                .getJsonObject(0)
                .getString("id");
        calls.put("list tasks (10)", () -> api.get("/script-execution-tasks?limit=10"));
        calls.put("list records (100)", () -> api.get("/script-execution-records?limit=100"));
        calls.put("show record", () -> api.get("/script-execution-records/" + record));
        Map<String, List<Double>> millis = new TreeMap<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (load.isAlive() && System.nanoTime() < deadline) {
            for (var call : calls.entrySet()) {
                long began = System.nanoTime();
                call.getValue().call();
                millis.computeIfAbsent(call.getKey(), absent -> new ArrayList<>()).add(millisSince(began));
            }
        }
        done.set(true);
        load.join();
        millis.forEach((name, all) -> row("while commands run: " + name, new JsonObject()
                .put("calls", all.size())
                .put("p50_ms", percentile(all, 50))
                .put("p99_ms", percentile(all, 99))
                .put("max_ms", percentile(all, 100))));
    }

    // (d)
    private void outage() throws Exception {
        long before = figures().getLong("reconnects");
        long busyBefore = figures().getLong("refused_busy");
        long killed = System.nanoTime();
        ProcessHandle.of(controlPlane).orElseThrow().destroyForcibly();
        long deadline = killed + 120_000_000_000L;
        double serves = 0;
        while (System.nanoTime() < deadline) {
            if (serves == 0 && isServing()) {
                serves = millisSince(killed);
            }
            JsonObject now = figures();
            if (now.getLong("reconnects") - before >= Math.ceil(agents * 0.99) && now.getLong("connected") >= Math.ceil(agents * 0.99)) {
                row("kill -9 and restart", new JsonObject()
                        .put("serves_again_s", tenths(serves / 1000))
                        .put("99_percent_back_s", tenths(millisSince(killed) / 1000))
                        .put("refused_busy", now.getLong("refused_busy") - busyBefore));
                awaitAllBack(deadline);
                return;
            }
            Thread.sleep(50);
        }
        throw new IOException("99 % of the agents did not come back: " + figures().encode());
    }

    private void awaitAllBack(long deadline) throws Exception {
        while (figures().getLong("connected") < agents && System.nanoTime() < deadline) {
            Thread.sleep(50);
        }
    }

    private boolean isServing() throws InterruptedException {
        try {
            api.get("/script-execution-tasks?limit=1");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private JsonObject figures() throws IOException {
        return new JsonObject(Files.readString(figuresFile));
    }

    private long rssKib() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + controlPlane + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }
    }

    private long cpuTicks() throws IOException {
        return cpuTicks(controlPlane);
    }

    private long childrenCpuTicks() {
        return ProcessHandle.of(controlPlane).stream()
                .flatMap(ProcessHandle::descendants)
                .mapToLong(child -> {
                    try {
                        return cpuTicks(child.pid());
                    } catch (IOException e) {
                        return 0; // ended meanwhile
                    }
                })
                .sum();
    }

    private static long cpuTicks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private void row(String name, JsonObject figures) {
        rows.add(new JsonObject().put("case", name).put("agents", agents).put("figures", figures));
        var text = new ArrayList<String>();
        figures.forEach(entry -> text.add(entry.getKey() + " " + entry.getValue()));
        System.out.println("| " + name + " | " + agents + " | " + String.join(", ", text) + " |");
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    /** Nearest rank. */
    private static double percentile(List<Double> values, int percent) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return tenths(sorted[(int) Math.ceil(percent / 100.0 * sorted.length) - 1]);
    }

    private static double tenths(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.1f", value));
    }
}
