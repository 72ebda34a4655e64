package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What outlives the one that started it: scripts outlive their agents on purpose, and a frozen server does not hear that it
 * should end. Known by the run's folder, which is in their environment or in which they work.
 */
final class Leftovers {
    static final String MARK = "CHAOS_FOLDER";
    private static final int TRIES = 30;

    private Leftovers() {}

    /** Agents and scripts; returns when nobody is left. */
    static void endScripts(Path folder) {
        end(process -> isMarked(process, folder));
    }

    /** Everybody. */
    static void endAll(Path folder) {
        end(process -> isMarked(process, folder) || worksIn(process, folder));
    }

    private static void end(Predicate<Path> ours) {
        for (int i = 0; i < TRIES; i++) {
            List<String> left = processes(ours);
            if (left.isEmpty()) {
                return;
            }
            Signals.send("KILL", left);
            Wait.pause(100);
        }
    }

    private static List<String> processes(Predicate<Path> ours) {
        String self = Long.toString(ProcessHandle.current().pid());
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("\\d+"))
                    .filter(process -> !process.getFileName().toString().equals(self))
                    .filter(ours)
                    .map(process -> process.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isMarked(Path process, Path folder) {
        try {
            String environment = new String(Files.readAllBytes(process.resolve("environ")), StandardCharsets.UTF_8);
            return ("\0" + environment).contains("\0" + MARK + "=" + folder + "\0");
        } catch (IOException e) {
            return false; // gone, or somebody else's
        }
    }

    private static boolean worksIn(Path process, Path folder) {
        try {
            return Files.readSymbolicLink(process.resolve("cwd")).startsWith(folder);
        } catch (IOException e) {
            return false;
        }
    }
}
