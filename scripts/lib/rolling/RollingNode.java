import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One of several nodes on one PostgreSQL: started, asked to end, started again on its port. */
final class RollingNode {
    private static final int READY_SECONDS = 120;
    /** What a service manager grants. */
    private static final int END_SECONDS = 90;

    private final Path run;
    private final Path jar;
    private final String name;
    private final int port;
    private final String databaseUrl;
    private final String publicUrl;
    private Process process;
    private int starts;

    RollingNode(Path run, Path jar, String name, int port, String databaseUrl, String publicUrl) {
        this.run = run;
        this.jar = jar;
        this.name = name;
        this.port = port;
        this.databaseUrl = databaseUrl;
        this.publicUrl = publicUrl;
    }

    String name() {
        return name;
    }

    Path data() {
        return run.resolve(name);
    }

    Path log() {
        return run.resolve(name + "-" + starts + ".log");
    }

    /** Returns when it serves. */
    void start() throws IOException, InterruptedException {
        starts++;
        var builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+ExitOnOutOfMemoryError", "-Xmx512m", "-jar", jar.toString(),
                        "serve", "--host", "127.0.0.1", "--port", Integer.toString(port), "--data-dir", data().toString(),
                        "--master-key-file", run.resolve("master.key").toString(), "--public-endpoint", publicUrl))
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(log().toFile());
        builder.environment().put("DESKWAVE_DATABASE_URL", databaseUrl);
        process = builder.start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        while (Files.readAllLines(log()).stream().noneMatch(line -> line.startsWith("ready "))) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(name + " does not serve; its log is " + log());
            }
            Thread.sleep(20);
        }
    }

    /** Asks it to end; the seconds it took. */
    double end() throws IOException, InterruptedException {
        long began = System.nanoTime();
        process.destroy();
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(name + " did not end within " + END_SECONDS + " s; its log is " + log());
        }
        return (System.nanoTime() - began) / 1e9;
    }

    int exitCode() {
        return process.exitValue();
    }

    /** However this ends. */
    void close() {
        if (process != null && process.isAlive()) {
            process.destroy();
            try {
                if (!process.waitFor(15, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        }
    }
}
