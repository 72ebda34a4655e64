import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The command line of the bench, after its folders.
 *
 * @param agents in the cases with one fleet
 * @param fewer agents, to hold the cost of one desktop against that among {@code agents}
 * @param rounds of each command, after a warm-up
 * @param seconds how long output is written
 * @param records of the history
 * @param jvm flags of the control plane's JVM, besides those of the README's {@code serve}
 */
record Options(
        Path program,
        Path run,
        Path results,
        List<String> cases,
        int agents,
        int fewer,
        int rounds,
        int seconds,
        long records,
        List<String> jvm) {
    private static final String JVM = "--jvm";

    static Options parse(String[] arguments) {
        var numbers = new TreeMap<>(
                Map.of("--agents", 15_000L, "--fewer", 1_000L, "--rounds", 5L, "--seconds", 30L, "--records", 0L));
        var cases = new ArrayList<String>();
        var jvm = new ArrayList<String>();
        for (int i = 3; i < arguments.length; i++) {
            String word = arguments[i];
            if (!word.startsWith("--")) {
                cases.add(word);
            } else if (word.equals(JVM)) {
                jvm.addAll(flags(i + 1 < arguments.length ? arguments[++i] : ""));
            } else if (!numbers.containsKey(word)) {
                throw new IllegalArgumentException("there is no option " + word + ": scripts/bench --help lists them");
            } else {
                numbers.put(word, number(word, i + 1 < arguments.length ? arguments[++i] : ""));
            }
        }
        return new Options(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                Path.of(arguments[2]),
                List.copyOf(cases),
                numbers.get("--agents").intValue(),
                numbers.get("--fewer").intValue(),
                numbers.get("--rounds").intValue(),
                numbers.get("--seconds").intValue(),
                numbers.get("--records"),
                List.copyOf(jvm));
    }

    private static List<String> flags(String text) {
        List<String> flags = List.of(text.trim().split("\\s+"));
        if (flags.stream().allMatch(flag -> flag.matches("-[DX].+"))) {
            return flags;
        }
        throw new IllegalArgumentException(JVM + " takes -D and -X flags of a JVM in one argument, such as '-Xmx2g -XX:+UseZGC', not '"
                + text + "'");
    }

    private static long number(String option, String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 1 && number <= 100_000_000) {
                return number;
            }
        } catch (NumberFormatException e) {
            // answered below
        }
        throw new IllegalArgumentException(option + " takes a whole number from 1, not '" + text + "'");
    }
}
