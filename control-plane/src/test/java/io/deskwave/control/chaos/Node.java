package io.deskwave.control.chaos;

import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A control plane. */
final class Node extends Kept {
    private static final int PORT_LINE = 3;

    private final Path dataFolder;
    private final int port;

    private Node(
            String name,
            List<String> command,
            Map<String, String> environment,
            Path log,
            Journal journal,
            Path dataFolder,
            int port) {
        super(name, command, environment, log, journal);
        this.dataFolder = dataFolder;
        this.port = port;
    }

    /** @param databaseUrl null for one with a PostgreSQL of its own */
    static Node of(
            String name,
            Site.Jars jars,
            Path folder,
            int port,
            @Nullable String databaseUrl,
            Path masterKey,
            Journal journal) {
        Path dataFolder = folder.resolve(name);
        var command = new ArrayList<>(List.of(
                Site.JAVA,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-XX:+ExitOnOutOfMemoryError",
                "-jar",
                jars.controlPlane().toString(),
                "serve",
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--data-dir",
                dataFolder.toString()));
        if (databaseUrl != null) {
            command.addAll(List.of("--master-key-file", masterKey.toString()));
        }
        Map<String, String> environment = databaseUrl == null ? Map.of() : Map.of("DESKWAVE_DATABASE_URL", databaseUrl);
        return new Node(name, command, environment, folder.resolve(name + ".log"), journal, dataFolder, port);
    }

    int port() {
        return port;
    }

    Path dataFolder() {
        return dataFolder;
    }

    boolean isReady() {
        return isAlive() && line("ready ").isPresent();
    }

    /** The PostgreSQL in its data folder: its process, as the server's own file tells. */
    String embeddedProcess() throws IOException {
        return postmaster().get(0).strip();
    }

    /** How to connect to the PostgreSQL in its data folder, whose port changes with each start. */
    PgConnectOptions embeddedOptions() throws IOException {
        List<String> lines = postmaster();
        if (lines.size() <= PORT_LINE) {
            throw new IOException("PostgreSQL is being started");
        }
        return new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(Integer.parseInt(lines.get(PORT_LINE).strip()))
                .setUser("deskwave")
                .setPassword(Files.readString(dataFolder.resolve("postgres/password"))
                        .strip())
                .setDatabase("postgres");
    }

    private List<String> postmaster() throws IOException {
        List<String> lines = Files.readAllLines(dataFolder.resolve("postgres/data/postmaster.pid"));
        if (lines.isEmpty()) {
            throw new IOException("PostgreSQL is being started");
        }
        return lines;
    }
}
