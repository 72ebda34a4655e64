package io.deskwave.control.chaos;

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
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An installation to be broken: one node with a PostgreSQL of its own, or several on a shared one behind a balancer, and
 * agents with a line each. Everything is in one folder and in processes that end with this one.
 */
final class Site implements AutoCloseable {
    static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int DATABASE_DISK_MEGABYTES = 1536;
    private static final int SMALL_DISK_MEGABYTES = 64;

    /** What runs. */
    record Jars(Path controlPlane, Path agent, Path agentOptions) {}

    private final Path folder;
    private final Journal journal;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Desk> desks = new ArrayList<>();
    private final @Nullable SharedPostgres postgres;
    private final @Nullable Balancer balancer;
    private final @Nullable Disk databaseDisk;
    private final @Nullable Disk nodeDisk;
    private volatile boolean open = true;

    private Site(
            Path folder,
            Journal journal,
            @Nullable SharedPostgres postgres,
            @Nullable Disk databaseDisk,
            @Nullable Disk nodeDisk,
            List<Node> nodes) {
        this.folder = folder;
        this.journal = journal;
        this.postgres = postgres;
        this.databaseDisk = databaseDisk;
        this.nodeDisk = nodeDisk;
        this.nodes.addAll(nodes);
        this.balancer = nodes.size() == 1
                ? null
                : Balancer.open(nodes.stream().mapToInt(Node::port).toArray());
    }

    /** Starts all of it; returns when every agent is connected. */
    static Site start(Path folder, Jars jars, Options options, boolean ownDisks, Journal journal) {
        boolean several = options.nodes() > 1;
        Path database = folder.resolve("postgres");
        Disk databaseDisk = null;
        Disk nodeDisk = null;
        if (ownDisks) {
            databaseDisk = Disk.mountedAt(several ? database : folder.resolve("node-1"), DATABASE_DISK_MEGABYTES);
            nodeDisk = several ? Disk.mountedAt(folder.resolve("node-1"), SMALL_DISK_MEGABYTES) : databaseDisk;
        }
        SharedPostgres postgres = several ? SharedPostgres.in(database) : null;
        var nodes = new ArrayList<Node>();
        for (int i = 1; i <= options.nodes(); i++) {
            nodes.add(Node.of(
                    "node-" + i,
                    jars,
                    folder,
                    freePort(),
                    postgres == null ? null : postgres.url(),
                    folder.resolve("master.key"),
                    journal));
        }
        var site = new Site(folder, journal, postgres, databaseDisk, nodeDisk, nodes);
        Threads.start("chaos-service-manager", site::tend);
        for (Node node : nodes) {
            node.up(); // the first makes the schema and the master key
            require(Wait.until(PATIENCE, node::isReady), node.name() + " does not serve: read " + node.log());
        }
        site.addDesks(jars, options, ownDisks);
        return site;
    }

    private void addDesks(Jars jars, Options options, boolean ownDisks) {
        String token = bootstrap().getString("enrollment_token");
        int entrance = balancer == null ? nodes.get(0).port() : balancer.port();
        for (int i = 1; i <= options.agents(); i++) {
            String name = "desk-" + i;
            Disk disk = ownDisks ? Disk.mountedAt(folder.resolve(name), SMALL_DISK_MEGABYTES) : null;
            boolean ownClock = Desk.canMoveClocks() && i == Math.min(2, options.agents());
            FaultyLink link = FaultyLink.open(entrance, options.seed() + i);
            desks.add(Desk.of(name, jars, folder, token, link, disk, ownClock, journal));
        }
        desks.forEach(Kept::up);
        for (Desk desk : desks) {
            require(
                    Wait.until(PATIENCE, () -> desk.line("connected ").isPresent()),
                    desk.name() + " does not connect: read " + desk.log());
        }
    }

    private static void require(boolean held, String otherwise) {
        if (!held) {
            throw new IllegalStateException(otherwise);
        }
    }

    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void tend() {
        while (open) {
            kept().forEach(Kept::tend);
            Wait.pause(200);
        }
    }

    private Stream<Kept> kept() {
        return Stream.concat(List.copyOf(nodes).stream(), List.copyOf(desks).stream());
    }

    JsonObject bootstrap() {
        try {
            return new JsonObject(Files.readString(nodes.get(0).dataFolder().resolve("bootstrap.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path folder() {
        return folder;
    }

    /** The file that every script appends its start and its end to. */
    Path acts() {
        return folder.resolve("acts");
    }

    List<Node> nodes() {
        return List.copyOf(nodes);
    }

    List<Desk> desks() {
        return List.copyOf(desks);
    }

    /** Null when the node has its own. */
    @Nullable
    SharedPostgres postgres() {
        return postgres;
    }

    @Nullable
    Disk databaseDisk() {
        return databaseDisk;
    }

    @Nullable
    Disk nodeDisk() {
        return nodeDisk;
    }

    PgConnectOptions databaseOptions() throws IOException {
        return postgres == null ? nodes.get(0).embeddedOptions() : postgres.connectOptions();
    }

    /** A connection past the nodes, to look at the rows. */
    Connection database() throws SQLException, IOException {
        PgConnectOptions options = databaseOptions();
        var properties = new Properties();
        properties.put("user", options.getUser());
        properties.put("password", options.getPassword());
        properties.put("connectTimeout", "5");
        properties.put("loginTimeout", "5");
        properties.put("socketTimeout", "60");
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + options.getPort() + "/" + options.getDatabase(), properties);
    }

    @Override
    public void close() {
        open = false;
        kept().forEach(Kept::thaw);
        desks.parallelStream().forEach(Kept::kill);
        Leftovers.endScripts(folder);
        nodes.parallelStream().forEach(Kept::terminate);
        if (postgres != null) {
            postgres.close();
        }
        desks.forEach(desk -> desk.link().close());
        if (balancer != null) {
            balancer.close();
        }
    }
}
