import io.deskwave.control.contract.ApiDocument;
import io.deskwave.control.contract.FuzzRun;
import io.deskwave.control.contract.ServerLoad;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The long form of GeneratedRequestsTest, against a server that was started for it. See scripts/fuzz. */
final class Fuzz {
    private static final long WARM_UP = 2_000;
    private static final long MOST_GROWTH = 32L << 20;
    private static final int SLICES = 10;
    private static final int LONGEST_WAIT_SECONDS = 30;

    private final long serverId;
    private final URI endpoint;
    private final FuzzRun run;
    private final Path kept;

    private Fuzz(JsonObject bootstrap, long serverId, Path kept, long seed, int lines) throws Exception {
        this.serverId = serverId;
        this.endpoint = URI.create(bootstrap.getString("endpoint"));
        this.kept = kept;
        HttpClient client = HttpClient.newHttpClient();
        HttpResponse<String> login = client.send(
                HttpRequest.newBuilder(endpoint.resolve("/v3/auth/tokens"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(credentials(bootstrap).encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String document = client.send(
                        HttpRequest.newBuilder(endpoint.resolve("/openapi.json")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        String user = new JsonObject(login.body())
                .getJsonObject("token")
                .getJsonObject("user")
                .getString("id");
        this.run = new FuzzRun(
                new FuzzRun.Target(
                        endpoint.getPort(),
                        new ApiDocument(new JsonObject(document)),
                        bootstrap.getString("project_id"),
                        login.headers().firstValue("X-Subject-Token").orElseThrow(),
                        Set.of(user, bootstrap.getString("project_id"), bootstrap.getString("access_key"))),
                seed,
                lines);
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Long> options = new TreeMap<>(Map.of("--requests", 20_000L, "--seed", 1L, "--lines", 4L));
        for (int i = 3; i < arguments.length; i += 2) {
            if (!options.containsKey(arguments[i]) || i + 1 == arguments.length || !arguments[i + 1].matches("\\d{1,12}")) {
                System.err.println("fuzz: " + arguments[i] + " is no option with a number: scripts/fuzz --help lists them");
                System.exit(2);
            }
            options.put(arguments[i], Long.valueOf(arguments[i + 1]));
        }
        JsonObject bootstrap = new JsonObject(Files.readString(Path.of(arguments[0])));
        long seed = options.get("--seed");
        Fuzz fuzz = new Fuzz(
                bootstrap,
                Long.parseLong(arguments[1]),
                Path.of(arguments[2]),
                seed,
                options.get("--lines").intValue());
        System.exit(fuzz.go(options.get("--requests"), seed) ? 0 : 1);
    }

    private static JsonObject credentials(JsonObject bootstrap) {
        JsonObject user = new JsonObject()
                .put("name", bootstrap.getString("user_name"))
                .put("password", bootstrap.getString("password"))
                .put("domain", new JsonObject().put("name", bootstrap.getString("domain_name")));
        JsonObject identity = new JsonObject()
                .put("methods", new JsonArray().add("password"))
                .put("password", new JsonObject().put("user", user));
        return new JsonObject().put("auth", new JsonObject().put("identity", identity));
    }

    /** Whether all is well. */
    private boolean go(long requests, long seed) throws Exception {
        System.out.println("seed " + seed);
        run.send(Math.min(WARM_UP, requests));
        long heapBefore = liveHeap();
        long connectionsBefore = ServerLoad.connections(endpoint.getPort());
        long began = System.nanoTime();
        long done = 0;
        for (int slice = 1; slice <= SLICES && run.faults().isEmpty(); slice++) {
            long upTo = requests * slice / SLICES;
            run.send(upTo - done);
            done = upTo;
            System.out.println(done + " requests, " + run.faults().size() + " faults");
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        long connections = ServerLoad.connections(endpoint.getPort());
        run.close();
        long left = connectionsLeft();
        long heap = liveHeap();
        boolean good = tell(seed) && left == 0 && heap - heapBefore < MOST_GROWTH;
        System.out.printf(
                "%d requests in %.1f s, %d faults, answers by status %s%n",
                done, seconds, run.faults().size(), run.statuses());
        System.out.printf(
                "operations that succeeded %d; heap %d -> %d KiB; connections %d -> %d, %d when all were closed%n",
                run.reached().size(), heapBefore >> 10, heap >> 10, connectionsBefore, connections, left);
        return good;
    }

    /** Prints the faults and keeps them whole. */
    private boolean tell(long seed) throws IOException {
        List<String> texts = new ArrayList<>();
        for (FuzzRun.Fault fault : run.faults()) {
            String where = "seed " + fault.seed() + ", line " + fault.line() + ", number " + fault.number();
            texts.add(where + " " + fault.kind() + "\n" + String.join("\n", fault.complaints()) + "\n\n" + fault.request()
                    + "\n--------\n");
            System.out.println(where + ": " + fault.complaints());
        }
        Files.write(kept, texts);
        if (!texts.isEmpty()) {
            System.out.println("The requests are in " + kept + "; the run that sends them again: scripts/fuzz --seed " + seed);
        }
        return texts.isEmpty();
    }

    private long connectionsLeft() throws InterruptedException {
        long left = ServerLoad.connections(endpoint.getPort());
        for (int i = 0; i < LONGEST_WAIT_SECONDS && left > 0; i++) {
            TimeUnit.SECONDS.sleep(1);
            left = ServerLoad.connections(endpoint.getPort());
        }
        return left;
    }

    /** What is alive after a full collection, by the JDK's own tool. */
    private long liveHeap() throws IOException {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process = new ProcessBuilder(tool.toString(), Long.toString(serverId), "GC.class_histogram").start();
        List<String> lines = new String(process.getInputStream().readAllBytes()).lines().toList();
        return lines.stream()
                .filter(line -> line.startsWith("Total"))
                .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2]))
                .findFirst()
                .orElseThrow(() -> new IOException("jcmd tells nothing of process " + serverId));
    }
}
