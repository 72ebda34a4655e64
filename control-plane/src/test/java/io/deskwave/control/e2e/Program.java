package io.deskwave.control.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A jar of ours as a process of its own, its output in files. */
final class Program {
    private final Process process;
    private final Path out;
    private final Path err;

    private Program(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** @param options of the JVM */
    static Program start(
            Path folder,
            String name,
            List<String> options,
            Path jar,
            Map<String, String> environment,
            String... arguments) {
        if (!Files.isReadable(jar)) {
            throw new IllegalStateException(jar + " is missing: build the whole project, mvn verify");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-jar", jar.toString()));
        return start(folder, name, command, environment, arguments);
    }

    static Program start(
            Path folder, String name, List<String> program, Map<String, String> environment, String... arguments) {
        try {
            Path out = Files.createTempFile(folder, name + "-", ".out");
            Path err = Files.createTempFile(folder, name + "-", ".err");
            List<String> command = new ArrayList<>(program);
            command.addAll(List.of(arguments));
            var builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().putAll(environment);
            return new Program(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rest of the first line of standard output that starts like this. */
    String awaitLine(String prefix) {
        return Eventually.get(
                60,
                () -> {
                    if (!process.isAlive()) {
                        throw new AssertionError("ended with " + process.exitValue() + ": " + err());
                    }
                    return read(out)
                            .lines()
                            .filter(line -> line.startsWith(prefix))
                            .map(line -> line.substring(prefix.length()).strip())
                            .findFirst()
                            .orElse(null);
                },
                () -> "no line '" + prefix + "'; " + err());
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitCode() {
        return process.exitValue();
    }

    /** As {@code kill -SIGNAL} does; only to a process that this test started. */
    void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
            if (kill.waitFor() != 0 && process.isAlive()) {
                throw new IllegalStateException("kill -" + signal + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends it in order; how long that took, in milliseconds. */
    long terminate() {
        long from = System.nanoTime();
        signal("TERM");
        awaitEnd(20);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from);
    }

    void kill() {
        signal("KILL");
        awaitEnd(10);
    }

    void awaitEnd(int seconds) {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new AssertionError("still alive after " + seconds + " s: " + err());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
