import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A control plane with its embedded PostgreSQL, in a process of its own and a data folder of its own. */
final class Node {
    /** The flags of the README's {@code serve}. */
    private static final List<String> JVM =
            List.of("-XX:+ExitOnOutOfMemoryError", "-XX:+UseParallelGC", "-XX:MaxNewSize=256m");

    private static final Pattern DATABASE = Pattern.compile("PostgreSQL (\\S+) serves on 127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern COLLECTED = Pattern.compile("\\) \\d+M->(\\d+)M\\(");
    private static final int READY_SECONDS = 120;

    private final Programs programs;
    private final Path jar;
    private final String name;
    private final List<String> flags;
    private Process process;
    private String log;
    private String url = "";
    private int starts;

    private Node(Programs programs, Path jar, String name, List<String> flags) {
        this.programs = programs;
        this.jar = jar;
        this.name = name;
        this.flags = flags;
    }

    /** @param flags of its JVM, besides the usual ones */
    static Node start(Programs programs, Path jar, String name, List<String> flags)
            throws IOException, InterruptedException {
        var node = new Node(programs, jar, name, flags);
        node.launch(0);
        node.awaitReady();
        return node;
    }

    /** Does not wait for it to be ready. */
    private void launch(int port) throws IOException {
        log = name + "-" + ++starts;
        var command = new ArrayList<>(JVM);
        command.addAll(flags);
        command.addAll(List.of(
                "-Xlog:gc:file=" + gcLog(), "-jar", jar.toString(),
                "serve", "--host", "127.0.0.1", "--port", Integer.toString(port), "--data-dir", data().toString()));
        process = programs.java(log, command);
    }

    private Path gcLog() {
        return programs.run().resolve(log + "-gc.log");
    }

    private void awaitReady() throws IOException, InterruptedException {
        url = programs.awaitLine(process, log, "ready ", READY_SECONDS).substring("ready ".length());
    }

    Path data() {
        return programs.run().resolve(name);
    }

    Path bootstrap() {
        return data().resolve("bootstrap.json");
    }

    String url() {
        return url;
    }

    long pid() {
        return process.pid();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** On the port it had, where its agents look for it; returns when it serves. */
    void startAgain() throws IOException, InterruptedException {
        launch(Integer.parseInt(url.substring(url.lastIndexOf(':') + 1)));
        awaitReady();
    }

    void stop() {
        programs.end(process, 30);
    }

    /** Removes its data, which may be gigabytes. */
    void forget() throws IOException {
        try (Stream<Path> all = Files.walk(data())) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }

    /** MiB in use after each collection since this process started. */
    List<Double> heapMibAfterCollections() throws IOException {
        var heap = new ArrayList<Double>();
        for (String line : Files.readAllLines(gcLog())) {
            Matcher found = COLLECTED.matcher(line);
            if (found.find()) {
                heap.add(Double.parseDouble(found.group(1)));
            }
        }
        return heap;
    }

    String postgresVersion() throws IOException {
        return database().group(1);
    }

    Connection connect() throws IOException, SQLException {
        String password = Files.readString(data().resolve("postgres/password")).trim();
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + database().group(2) + "/postgres", "deskwave", password);
    }

    /** For Vert.x's client. */
    String databaseUri() throws IOException {
        String password = Files.readString(data().resolve("postgres/password")).trim();
        return "postgresql://deskwave:" + password + "@127.0.0.1:" + database().group(2) + "/postgres";
    }

    private Matcher database() throws IOException {
        Matcher found = DATABASE.matcher(Files.readString(programs.log(log)));
        if (!found.find()) {
            throw new IOException("no database in the log " + programs.log(log));
        }
        return found;
    }
}
