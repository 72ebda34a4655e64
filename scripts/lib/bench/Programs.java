import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The processes that a bench started: each with a log in the run's folder, and ended by this one, however it ends. */
final class Programs {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private final Path run;
    private final List<Process> started = Collections.synchronizedList(new ArrayList<>());

    Programs(Path run) {
        this.run = run;
        Runtime.getRuntime().addShutdownHook(new Thread(this::endAll, "end"));
    }

    Path run() {
        return run;
    }

    /** A program that writes to {@code log}, standard error included; {@code command} without the java. */
    Process java(String log, List<String> command) throws IOException {
        return java(log, command, "");
    }

    /** @param secret in its environment as {@code BENCH_SECRET}, since everybody may read a command line */
    Process java(String log, List<String> command, String secret) throws IOException {
        var whole = new ArrayList<>(List.of(JAVA));
        whole.addAll(command);
        return start(log, whole, secret);
    }

    Process start(String log, List<String> command, String secret) throws IOException {
        File file = log(log).toFile();
        var builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(file);
        builder.environment().put("BENCH_SECRET", secret);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    Path log(String name) {
        return run.resolve(name + ".log");
    }

    /** The first line that begins so. */
    String awaitLine(Process process, String log, String beginning, int seconds) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (true) {
            boolean alive = process.isAlive();
            var line = Files.readAllLines(log(log)).stream()
                    .filter(each -> each.startsWith(beginning))
                    .findFirst();
            if (line.isPresent()) {
                return line.get();
            }
            if (!alive || System.nanoTime() > deadline) {
                throw new IOException("no \"" + beginning + "\" from " + log + (alive ? " within " + seconds + " s" : ", which ended")
                        + "; its log is " + log(log));
            }
            Thread.sleep(5);
        }
    }

    /** Asks it to end, and makes it after {@code seconds}. */
    void end(Process process, int seconds) {
        process.destroy();
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        started.remove(process);
    }

    /** Those that were started last end first: agents before their control plane. */
    private void endAll() {
        var left = new ArrayList<>(started);
        Collections.reverse(left);
        left.forEach(process -> end(process, 12));
    }
}
