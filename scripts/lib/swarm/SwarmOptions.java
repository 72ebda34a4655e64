package io.deskwave.agent;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command line of scripts/swarm. Every failure is one sentence. */
public record SwarmOptions(
        Path bootstrap,
        int agents,
        long seed,
        long delayMillis,
        long outputBytes,
        double failureRate,
        @Nullable String pool,
        String name,
        int enrollAtOnce,
        @Nullable Path figures) {
    /** Besides the sockets: jars, logs, pipes, the enrollment's connections. */
    private static final int OTHER_FILES = 300;

    /** @throws IllegalArgumentException with one sentence for a person */
    public static SwarmOptions parse(String[] arguments) {
        Path bootstrap = null;
        int agents = 0;
        long seed = 1;
        long delay = 0;
        long output = 0;
        double failure = 0;
        String pool = null;
        String name = "swarm";
        int atOnce = 16;
        Path figures = null;
        var rest = new ArrayDeque<>(Arrays.asList(arguments));
        while (!rest.isEmpty()) {
            String flag = rest.remove();
            if (!FLAGS.contains(flag)) {
                throw new IllegalArgumentException("there is no flag " + flag + ": use " + String.join(", ", FLAGS));
            }
            String value = rest.poll();
            if (value == null || value.isBlank()) {
                throw new IllegalArgumentException(flag + " needs a value");
            }
            switch (flag) {
                case "--bootstrap" -> bootstrap = Path.of(value);
                case "--agents" -> agents = (int) number(flag, value, 1, 100_000);
                case "--seed" -> seed = number(flag, value, Long.MIN_VALUE, Long.MAX_VALUE);
                case "--delay-millis" -> delay = number(flag, value, 0, 86_400_000);
                case "--output-bytes" -> output = number(flag, value, 0, 1L << 30);
                case "--failure-rate" -> failure = rate(flag, value);
                case "--pool" -> pool = value;
                case "--name" -> name = value;
                case "--enroll-at-once" -> atOnce = (int) number(flag, value, 1, 256);
                case "--figures" -> figures = Path.of(value);
                default -> throw new IllegalStateException(flag);
            }
        }
        if (bootstrap == null || agents == 0) {
            throw new IllegalArgumentException("use: scripts/swarm --bootstrap FILE --agents N");
        }
        if (!Files.isReadable(bootstrap)) {
            throw new IllegalArgumentException(
                    "--bootstrap " + bootstrap + " cannot be read: name the bootstrap.json of a control plane");
        }
        long files = openFiles();
        if (agents + OTHER_FILES > files) {
            throw new IllegalArgumentException("--agents " + agents + " needs about " + (agents + OTHER_FILES)
                    + " open files, and this process may have " + files + ": ask for at most "
                    + Math.max(0, files - OTHER_FILES) + ", raise `ulimit -n`, or start several swarms");
        }
        return new SwarmOptions(bootstrap, agents, seed, delay, output, failure, pool, name, atOnce, figures);
    }

    private static final List<String> FLAGS = List.of(
            "--bootstrap",
            "--agents",
            "--seed",
            "--delay-millis",
            "--output-bytes",
            "--failure-rate",
            "--pool",
            "--name",
            "--enroll-at-once",
            "--figures");

    private static long number(String flag, String value, long least, long most) {
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // answered below, like a number out of range
        }
        throw new IllegalArgumentException(flag + " takes a whole number from " + least + " to " + most + ", not " + value);
    }

    private static double rate(String flag, String value) {
        try {
            double rate = Double.parseDouble(value);
            if (rate >= 0 && rate <= 1) {
                return rate;
            }
        } catch (NumberFormatException e) {
            // answered below
        }
        throw new IllegalArgumentException(flag + " takes a number from 0 to 1, not " + value);
    }

    private static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }
}
