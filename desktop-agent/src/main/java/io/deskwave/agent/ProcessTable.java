package io.deskwave.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads Linux's {@code /proc}. Blocking. */
final class ProcessTable {
    /**
     * One process.
     *
     * @param startTicks with the pid, names the process for as long as the machine is up
     */
    record Row(long pid, String name, char state, long parent, long session, long startTicks) {
        boolean isAlive() {
            return state != 'Z' && state != 'X';
        }

        @Override
        public String toString() {
            return pid + " " + name;
        }
    }

    private static final Path PROC = Path.of("/proc");

    private ProcessTable() {}

    /** Those that are alive now; a zombie is not. */
    static List<Row> alive() {
        var rows = new ArrayList<Row>();
        try (var folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path folder : folders) {
                find(Long.parseLong(folder.getFileName().toString()))
                        .filter(Row::isAlive)
                        .ifPresent(rows::add);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot read /proc", e);
        }
        return rows;
    }

    /** Since the boot, suspended or not; the clock that start ticks are of. */
    static Duration uptime() throws IOException {
        String seconds = Files.readString(PROC.resolve("uptime")).split(" ", 2)[0];
        return Duration.ofMillis((long) (Double.parseDouble(seconds) * 1000));
    }

    /** What each process has for this variable in its environment, where that may be read. */
    static Set<String> environmentValues(String name) {
        var values = new HashSet<String>();
        for (Row row : alive()) {
            int start = 0;
            String environment = "\0" + environment(row.pid());
            while ((start = environment.indexOf("\0" + name + "=", start)) >= 0) {
                int from = start + name.length() + 2;
                int end = environment.indexOf('\0', from);
                values.add(environment.substring(from, end < 0 ? environment.length() : end));
                start = from;
            }
        }
        return values;
    }

    static Optional<Row> find(long pid) {
        try {
            return Optional.of(parse(Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1)));
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }

    /** The name stands in parentheses and may hold any character, so the fields count from the last one. */
    static Row parse(String stat) {
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')');
        String[] fields = stat.substring(close + 2).split(" ", -1);
        return new Row(
                Long.parseLong(stat.substring(0, open - 1)),
                stat.substring(open + 1, close),
                fields[0].charAt(0),
                Long.parseLong(fields[1]),
                Long.parseLong(fields[3]),
                Long.parseLong(fields[19]));
    }

    /** False also where the environment may not be read. */
    static boolean hasInEnvironment(long pid, String assignment) {
        return ("\0" + environment(pid)).contains("\0" + assignment + "\0");
    }

    private static String environment(long pid) {
        try {
            return Files.readString(PROC.resolve(pid + "/environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
