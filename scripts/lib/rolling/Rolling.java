import io.deskwave.control.chaos.Balancer;
import io.deskwave.control.chaos.SharedPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The main class of scripts/rolling. Exit codes: 0 nothing was lost, 1 something was, 2 usage. */
final class Rolling {
    private static final int BACK_SECONDS = 120;
    private static final int ENDED_SECONDS = 180;

    private final RollingOptions options;
    private final Path program;
    private final Path run;
    private final List<RollingNode> nodes = new ArrayList<>();
    private final List<String> rows = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    private Rolling(Path program, Path run, RollingOptions options) {
        this.program = program;
        this.run = run;
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("vertx.disableDnsResolver", "true");
        RollingOptions options;
        try {
            options = RollingOptions.parse(Arrays.asList(arguments).subList(2, arguments.length));
        } catch (IllegalArgumentException e) {
            System.err.println("rolling: " + e.getMessage());
            System.exit(2);
            return;
        }
        int status;
        try {
            status = new Rolling(Path.of(arguments[0]), Path.of(arguments[1]), options).all();
        } catch (IOException e) {
            System.err.println("rolling: " + e.getMessage());
            status = 1;
        }
        System.exit(status); // the callers' connections would keep it
    }

    private int all() throws Exception {
        SharedPostgres postgres = SharedPostgres.in(Files.createDirectory(run.resolve("postgres")));
        int[] ports = IntStream.range(0, options.nodes()).map(i -> freePort()).toArray();
        Balancer balancer = Balancer.open(ports);
        var programs = new Programs(run);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            nodes.forEach(RollingNode::close);
            postgres.close();
        }, "end"));
        for (int i = 0; i < ports.length; i++) {
            nodes.add(new RollingNode(run, program.resolve("control-plane.jar"), "node-" + (i + 1), ports[i], postgres.url(),
                    "http://127.0.0.1:" + balancer.port()));
            nodes.get(i).start();
        }
        Path bootstrap = nodes.get(0).data().resolve("bootstrap.json");
        Api api = new Api(bootstrap);
        String pool = api.post("/desktop-pools", new JsonObject().put("name", "rolling").put("type", "STATIC"))
                .getString("pool_id");
        Fleet fleet = Fleet.start(programs, program.resolve("swarm") + ":" + program.resolve("desktop-agent.jar"), bootstrap,
                "swarm", options.agents(), List.of("--pool", pool, "--seed", Long.toString(options.seed())));
        say(options.agents() + " agents are connected to " + options.nodes() + " nodes");
        var books = new Books(postgres.connectOptions());
        restart(api, pool, fleet, books);
        fleet.stop();
        return tell();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void restart(Api api, String pool, Fleet fleet, Books books) throws Exception {
        var callers = new Callers(api);
        callers.start(options.callers());
        var tasks = new Tasks(callers, pool);
        tasks.start();
        TimeUnit.SECONDS.sleep(options.calmSeconds());
        for (RollingNode node : nodes) {
            restart(node, fleet);
            TimeUnit.SECONDS.sleep(options.calmSeconds());
        }
        List<String> acknowledged = tasks.stop();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ENDED_SECONDS);
        while (!books.allEnded()) {
            if (System.nanoTime() > deadline) {
                wrong.add("not all tasks ended within " + ENDED_SECONDS + " s");
                break;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        callers.stop();
        JsonObject figures;
        try {
            figures = fleet.await("the agents may forget what they ran", 30, now -> now.getLong("held") == 0);
        } catch (IOException e) {
            wrong.add(e.getMessage());
            figures = fleet.figures();
        }
        TimeUnit.MILLISECONDS.sleep(300); // the figures are a tenth of a second behind
        figures = fleet.figures();
        wrong.addAll(books.complaints(acknowledged, figures.getLong("started"), figures.getLong("doubled_starts")));
        wrong.addAll(callers.failed());
        rows.add("");
        rows.add(acknowledged.size() + " tasks were acknowledged, " + books.count("execution_tasks") + " with "
                + books.count("execution_records") + " records ended; " + callers.requests() + " requests, of which came again: "
                + callers.comeAgain() + "; sessions " + figures.getLong("sessions") + ", turned away "
                + figures.getLong("refused_busy") + " times, orders told again " + figures.getLong("redelivered"));
    }

    private void restart(RollingNode node, Fleet fleet) throws Exception {
        say("restarting " + node.name());
        Absence absence = Absence.begin(fleet);
        double drained = node.end();
        if (node.exitCode() != 0) {
            wrong.add(node.name() + " ended with exit code " + node.exitCode() + "; its log is " + node.log());
        }
        long began = System.nanoTime();
        node.start();
        double started = (System.nanoTime() - began) / 1e9;
        fleet.await("all agents are back after " + node.name(), BACK_SECONDS, now ->
                now.getLong("connected") == options.agents());
        TimeUnit.SECONDS.sleep(2); // those who had not left yet
        fleet.await("all agents are back after " + node.name(), BACK_SECONDS, now ->
                now.getLong("connected") == options.agents());
        absence.end();
        rows.add(String.format(Locale.ROOT, "| %s | %.1f s | %.1f s | %d | %d | %.1f s | %.1f s | %.1f s |", node.name(), drained,
                started, absence.cameBack(), absence.mostAway(), absence.backAfter(0.5), absence.backAfter(0.99),
                absence.meanSecondsAway()));
    }

    private int tell() {
        System.out.println("| node | TERM to its end | start to ready | agents that moved | most away at once | back after TERM,"
                + " p50 | p99 | mean time away |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        rows.forEach(System.out::println);
        System.out.println();
        wrong.forEach(each -> System.out.println("WRONG: " + each));
        System.out.println(wrong.isEmpty() ? "Nothing was lost, nothing ran twice, no request failed twice." : "Failed.");
        return wrong.isEmpty() ? 0 : 1;
    }

    private static void say(String what) {
        System.err.println("rolling: " + what);
    }
}
