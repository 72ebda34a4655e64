package io.deskwave.control.e2e;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.chaos.Balancer;
import io.deskwave.control.chaos.SharedPostgres;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Several nodes on one PostgreSQL, behind a plain balancer, with real agents: all of it processes of their own. */
final class Cluster implements AutoCloseable {
    private static final Path CONTROL_PLANE =
            Path.of("target", "control-plane.jar").toAbsolutePath();
    private static final Path AGENT_FOLDER =
            Path.of("..", "desktop-agent").toAbsolutePath().normalize();
    private static final List<String> SMALL = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m");

    /** Agents that start at once: each takes a core for a second. */
    private static final int TOGETHER = 5;

    final Path folder;
    final SharedPostgres postgres;
    private final int[] ports;
    private final Balancer balancer;
    private final Program[] nodes;
    private final JsonObject bootstrap;
    private final Map<String, Program> agents = new LinkedHashMap<>();
    private final Map<String, String> desktopIds = new LinkedHashMap<>();
    private final List<Program> all = new ArrayList<>();

    Cluster(int size) {
        try {
            folder = Files.createTempDirectory("deskwave-cluster-");
            postgres = SharedPostgres.in(Files.createDirectory(folder.resolve("postgres")));
            ports = IntStream.range(0, size).map(i -> freePort()).toArray();
            balancer = Balancer.open(ports);
            nodes = new Program[size];
            for (int i = 0; i < size; i++) {
                startNode(i);
            }
            bootstrap = new JsonObject(Files.readString(folder.resolve("node-0/bootstrap.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** New or again; returns when it serves. */
    void startNode(int number) {
        String name = "node-" + number;
        Program program = Program.start(
                folder,
                name,
                SMALL,
                CONTROL_PLANE,
                Map.of("DESKWAVE_DATABASE_URL", postgres.url()),
                "serve",
                "--port",
                Integer.toString(ports[number]),
                "--data-dir",
                folder.resolve(name).toString(),
                "--master-key-file",
                folder.resolve("master.key").toString(),
                "--public-endpoint",
                "http://127.0.0.1:" + balancer.port());
        all.add(program);
        nodes[number] = program;
        String url = program.awaitLine("ready ");
        assert url.equals(url(number));
    }

    Program node(int number) {
        return nodes[number];
    }

    String url(int number) {
        return "http://127.0.0.1:" + ports[number];
    }

    /** Who calls this node only. */
    Caller caller(int number) {
        return new Caller(url(number), bootstrap);
    }

    /** Agents behind the balancer; returns when all are connected. */
    void startAgents(int count) {
        for (int from = 1; from <= count; from += TOGETHER) {
            var names = IntStream.range(from, Math.min(count + 1, from + TOGETHER))
                    .mapToObj(i -> "desk-" + i)
                    .toList();
            names.forEach(name -> launchAgent(name, home(name), Map.of()));
            names.forEach(this::awaitConnected);
        }
    }

    /** An agent that knows only this node; answers its desktop's id. */
    @CanIgnoreReturnValue
    String startAgentAt(int node, String name) {
        launchAgent(name, home(name), Map.of("DESKWAVE_ENDPOINT", url(node)));
        awaitConnected(name);
        return desktopIds.get(name);
    }

    /** One with a home of somebody else's, who may not be let in. */
    Program startCopyAt(int node, String name, Path home) {
        return launchAgent(name, home, Map.of("DESKWAVE_ENDPOINT", url(node)));
    }

    private Program launchAgent(String name, Path home, Map<String, String> more) {
        var environment = new LinkedHashMap<>(more);
        environment.put("DESKWAVE_ENROLLMENT_TOKEN", bootstrap.getString("enrollment_token"));
        Program program = Program.start(
                folder,
                name,
                List.of("@" + AGENT_FOLDER.resolve("desktop-agent.options")),
                AGENT_FOLDER.resolve("target/desktop-agent.jar"),
                environment,
                "run",
                "--home",
                home.toString(),
                "--name",
                name,
                "--power",
                "simulate");
        all.add(program);
        agents.put(name, program);
        return program;
    }

    private void awaitConnected(String name) {
        desktopIds.put(name, agents.get(name).awaitLine("connected "));
    }

    Path home(String name) {
        return folder.resolve(name);
    }

    Map<String, Program> agents() {
        return agents;
    }

    String id(String name) {
        return desktopIds.get(name);
    }

    /** The first column of each row. */
    List<String> sql(String query) {
        PgConnectOptions connect = postgres.connectOptions();
        var values = new ArrayList<String>();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + connect.getPort() + "/" + connect.getDatabase(),
                        connect.getUser(),
                        connect.getPassword());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.add(String.valueOf(rows.getString(1)));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return values;
    }

    /** Agents first, so that none waits for a node; what is frozen goes on to end. */
    @Override
    public void close() {
        agents.values().forEach(Cluster::end);
        all.forEach(Cluster::end);
        all.forEach(program -> program.awaitEnd(30));
        balancer.close();
        postgres.close();
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(file -> {
                if (!file.delete()) {
                    file.deleteOnExit();
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(Program program) {
        if (program.isAlive()) {
            program.signal("CONT");
            program.signal("TERM");
        }
    }
}
