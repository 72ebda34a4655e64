package io.deskwave.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The command line of scripts/swarm. Every failure is one sentence. {@code --first}, {@code --tell-parent} and
 * {@code --source} are for a swarm's own processes, when one is not enough.
 */
public record SwarmOptions(
        Path bootstrap,
        int agents,
        int first,
        long seed,
        SimulatedScript script,
        double slowReaders,
        int stormEverySeconds,
        @Nullable String pool,
        String name,
        int enrollAtOnce,
        @Nullable Path figures,
        @Nullable String source,
        boolean hasParent) {
    private static final Map<String, String> USUAL = usual();

    private static Map<String, String> usual() {
        var usual = new LinkedHashMap<String, String>();
        for (String flag : List.of("--bootstrap", "--agents", "--pool", "--figures", "--source")) {
            usual.put(flag, "");
        }
        usual.put("--seed", "1");
        usual.put("--delay-millis", "0");
        usual.put("--output-bytes", "0");
        usual.put("--output-rate", "0");
        usual.put("--failure-rate", "0");
        usual.put("--slow-readers", "0");
        usual.put("--storm-every", "0");
        usual.put("--name", "swarm");
        usual.put("--enroll-at-once", "16");
        usual.put("--first", "1");
        usual.put("--tell-parent", "no");
        return usual;
    }

    /** @throws IllegalArgumentException with one sentence for a person */
    public static SwarmOptions parse(List<String> arguments) {
        var given = new LinkedHashMap<>(USUAL);
        for (int i = 0; i < arguments.size(); i += 2) {
            String flag = arguments.get(i);
            if (!USUAL.containsKey(flag)) {
                throw new IllegalArgumentException("there is no flag " + flag + ": scripts/swarm --help lists them");
            }
            if (i + 1 == arguments.size() || arguments.get(i + 1).isBlank()) {
                throw new IllegalArgumentException(flag + " needs a value");
            }
            given.put(flag, arguments.get(i + 1));
        }
        if (given.get("--bootstrap").isEmpty() || given.get("--agents").isEmpty()) {
            throw new IllegalArgumentException("use: scripts/swarm --bootstrap FILE --agents N");
        }
        var values = new Values(given);
        return new SwarmOptions(
                values.readable("--bootstrap"),
                (int) values.number("--agents", 1, 200_000),
                (int) values.number("--first", 1, 200_000),
                values.number("--seed", Long.MIN_VALUE, Long.MAX_VALUE),
                new SimulatedScript(
                        values.span("--delay-millis"),
                        values.number("--output-bytes", 0, 1L << 40),
                        values.number("--output-rate", 0, 1L << 30),
                        values.rate("--failure-rate")),
                values.rate("--slow-readers"),
                (int) values.number("--storm-every", 0, 86_400),
                values.text("--pool"),
                given.get("--name"),
                (int) values.number("--enroll-at-once", 1, 256),
                given.get("--figures").isEmpty() ? null : Path.of(given.get("--figures")),
                values.text("--source"),
                given.get("--tell-parent").equals("yes"));
    }

    /** The same flags, with these in their places: for a process of this swarm. */
    public static List<String> with(List<String> arguments, Map<String, String> changed) {
        var all = new LinkedHashMap<String, String>();
        for (int i = 0; i + 1 < arguments.size(); i += 2) {
            all.put(arguments.get(i), arguments.get(i + 1));
        }
        all.putAll(changed);
        var flags = new ArrayList<String>();
        all.forEach((flag, value) -> flags.addAll(List.of(flag, value)));
        return flags;
    }

    private record Values(Map<String, String> given) {
        @Nullable String text(String flag) {
            return given.get(flag).isEmpty() ? null : given.get(flag);
        }

        Path readable(String flag) {
            Path file = Path.of(given.get(flag));
            if (!Files.isReadable(file)) {
                throw new IllegalArgumentException(
                        flag + " " + file + " cannot be read: name the bootstrap.json of a control plane");
            }
            return file;
        }

        Span span(String flag) {
            try {
                return Span.parse(given.get(flag));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(flag + " " + e.getMessage());
            }
        }

        long number(String flag, long least, long most) {
            try {
                long number = Long.parseLong(given.get(flag));
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // answered below, like a number out of range
            }
            throw new IllegalArgumentException(
                    flag + " takes a whole number from " + least + " to " + most + ", not " + given.get(flag));
        }

        double rate(String flag) {
            try {
                double rate = Double.parseDouble(given.get(flag));
                if (rate >= 0 && rate <= 1) {
                    return rate;
                }
            } catch (NumberFormatException e) {
                // answered below
            }
            throw new IllegalArgumentException(flag + " takes a number from 0 to 1, not " + given.get(flag));
        }
    }
}
