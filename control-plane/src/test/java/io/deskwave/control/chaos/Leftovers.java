package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Scripts outlive their agents on purpose. At the end of a run they are ended, known by the run's folder in their environment. */
final class Leftovers {
    static final String MARK = "CHAOS_FOLDER";
    private static final int TRIES = 20;

    private Leftovers() {}

    /** Returns when nobody is left. */
    static void end(Path folder) {
        for (int i = 0; i < TRIES; i++) {
            List<String> left = of(folder);
            if (left.isEmpty()) {
                return;
            }
            Signals.send("KILL", left);
            Wait.pause(100);
        }
    }

    private static List<String> of(Path folder) {
        String mark = "\0" + MARK + "=" + folder + "\0";
        var pids = new ArrayList<String>();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            processes
                    .filter(process -> process.getFileName().toString().matches("\\d+"))
                    .filter(process -> ("\0" + environment(process)).contains(mark))
                    .forEach(process -> pids.add(process.getFileName().toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pids;
    }

    private static String environment(Path process) {
        try {
            return new String(Files.readAllBytes(process.resolve("environ")), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // gone, or somebody else's
        }
    }
}
