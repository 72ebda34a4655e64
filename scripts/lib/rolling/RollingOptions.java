import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The command line of scripts/rolling. Every failure is one sentence. */
record RollingOptions(int agents, int nodes, int callers, int calmSeconds, long seed) {
    private static final Map<String, String> USUAL =
            Map.of("--agents", "2000", "--nodes", "3", "--callers", "4", "--calm", "10", "--seed", "1");

    static RollingOptions parse(List<String> arguments) {
        var given = new HashMap<>(USUAL);
        for (int i = 0; i < arguments.size(); i += 2) {
            String flag = arguments.get(i);
            if (!USUAL.containsKey(flag)) {
                throw new IllegalArgumentException("there is no flag " + flag + ": scripts/rolling --help lists them");
            }
            if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException(flag + " needs a value");
            }
            given.put(flag, arguments.get(i + 1));
        }
        return new RollingOptions(
                (int) number(given, "--agents", 1, 15_000),
                (int) number(given, "--nodes", 2, 9),
                (int) number(given, "--callers", 1, 64),
                (int) number(given, "--calm", 1, 600),
                number(given, "--seed", Long.MIN_VALUE, Long.MAX_VALUE));
    }

    private static long number(Map<String, String> given, String flag, long least, long most) {
        try {
            long number = Long.parseLong(given.get(flag));
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(flag + " takes a whole number from " + least + " to " + most);
    }
}
