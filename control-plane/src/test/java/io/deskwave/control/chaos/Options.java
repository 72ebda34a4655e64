package io.deskwave.control.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run was asked for.
 *
 * @param faults how long faults come
 * @param every one fault begins each time
 * @param report also written here
 */
public record Options(long seed, Duration faults, int nodes, int agents, Duration every, @Nullable Path report) {
    private static final int MOST_AGENTS = 40;
    private static final int MOST_MINUTES = 24 * 60;

    /** A run for tests: no report. */
    public static Options of(long seed, Duration faults, int nodes, int agents, Duration every) {
        return new Options(seed, faults, nodes, agents, every, null);
    }

    /** @throws IllegalArgumentException that says what to send instead */
    public static Options parse(List<String> arguments) {
        long seed = 1;
        int minutes = 5;
        int nodes = 1;
        int agents = 6;
        int every = 8;
        Path report = null;
        for (int i = 0; i < arguments.size(); i += 2) {
            String name = arguments.get(i);
            if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException(name + " needs a value behind it; --help lists the options");
            }
            String value = arguments.get(i + 1);
            switch (name) {
                case "--seed" -> seed = number(name, value, Long.MIN_VALUE, Long.MAX_VALUE);
                case "--minutes" -> minutes = (int) number(name, value, 1, MOST_MINUTES);
                case "--nodes" -> nodes = (int) number(name, value, 1, 5);
                case "--agents" -> agents = (int) number(name, value, 1, MOST_AGENTS);
                case "--faults-every" -> every = (int) number(name, value, 1, 3600);
                case "--report" -> report = Path.of(value).toAbsolutePath();
                default ->
                    throw new IllegalArgumentException("there is no option " + name
                            + ": send --seed, --minutes, --nodes, --agents, --faults-every or --report");
            }
        }
        return new Options(seed, Duration.ofMinutes(minutes), nodes, agents, Duration.ofSeconds(every), report);
    }

    private static long number(String name, String value, long least, long most) {
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                least == Long.MIN_VALUE
                        ? name + " is a whole number, not " + value
                        : name + " is a whole number from " + least + " to " + most + ", not " + value);
    }
}
