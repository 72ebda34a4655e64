package io.deskwave.control;

import io.deskwave.control.execution.Limits;
import io.deskwave.control.execution.Retention;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the operator has set: flags first, then environment variables, then the defaults.
 *
 * @param port 0 takes any free one
 * @param databaseUrl empty: an embedded PostgreSQL in the data folder
 * @param publicEndpoint how agents and people reach this installation, when it is not host and port, as behind a load
 *     balancer
 * @param drainSeconds how long a node that was asked to stop goes on serving after it has said that it is not ready
 * @param eventLoops how many threads serve agents and callers
 * @param provider an executable that does what desktops cannot do themselves
 * @param afterRestore the time of the backup that the database was restored from, with other means than our own
 */
public record Config(
        String host,
        int port,
        Path dataDir,
        Optional<String> databaseUrl,
        Path masterKeyFile,
        String projectName,
        Optional<TlsFiles> tls,
        boolean allowInsecure,
        Optional<String> publicEndpoint,
        Retention retention,
        Limits limits,
        int eventLoops,
        int drainSeconds,
        Optional<Instant> afterRestore,
        Optional<Path> provider) {
    /** Each has connections to PostgreSQL, which lets in a hundred unless it is told otherwise. */
    private static final int MOST_EVENT_LOOPS = 16;

    private static final int MOST_USUAL_LOOPS = 4;
    private static final int CORES_OF_A_LOOP = 4;

    /** The service manager kills who has not ended within 90 s, as a rule, and the rest of the end takes up to 25. */
    private static final int LONGEST_DRAIN_SECONDS = 60;

    /** Both PEM; the key is PKCS#8. */
    public record TlsFiles(Path certificate, Path privateKey) {}

    /** The command line cannot be used, in one sentence that says what to write instead. */
    public static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Wrong(String message) {
            super(message, null, false, false);
        }
    }

    private enum Flag {
        HOST("H", "address to listen on (default 127.0.0.1)"),
        PORT("P", "port to listen on, 0 for any free one (default 8080)"),
        DATA_DIR("D", "folder for everything that is kept (default ./deskwave-data)"),
        DATABASE_URL(
                "U", "postgresql://user:password@host:port/database (default: an embedded one in the data folder)"),
        MASTER_KEY_FILE("F", "the key that nodes of one installation share (default D/master.key)"),
        PROJECT_NAME("N", "the project made on the first start (default local-1)"),
        TLS_CERTIFICATE("F", "certificate chain, PEM"),
        TLS_PRIVATE_KEY("F", "its private key, PEM"),
        ALLOW_INSECURE("", "listen on other addresses than loopback without TLS"),
        PUBLIC_ENDPOINT("URL", "how agents and people reach this installation, such as https://deskwave.example.com"),
        KEEP_RECORDS_DAYS("N", "how long ended tasks are kept with their records, 0 for ever (default 90)"),
        KEEP_OUTPUT_DAYS("N", "how long the output of ended tasks is kept, 0 for ever (default 30)"),
        KEEP_OUTPUT_GIGABYTES("N", "how much of it is kept, the newest, 0 for all (default 0)"),
        MAX_OPEN_TASKS("N", "tasks of a project that have not ended, at most (default 10000)"),
        MAX_DESKTOP_RECORDS("N", "records of one desktop that have not ended, at most (default 1000)"),
        EVENT_LOOPS("N", "threads that serve agents and callers, 1 to 16 (default: one for each four cores, up to 4)"),
        DRAIN_SECONDS(
                "N",
                "how long to serve on after a stop was asked for, while /health/ready says no, 0 to 60 (default 0)"),
        PROVIDER(
                "F",
                "an executable that starts, rebuilds and snapshots desktops where they cannot do it themselves (default: "
                        + "none)"),
        AFTER_RESTORE(
                "T",
                "the database was restored from a backup that was begun at T, such as 2026-11-21T20:00:00Z: what had not "
                        + "ended then is ended before anything is served");

        private final String value;
        private final String meaning;

        Flag(String value, String meaning) {
            this.value = value;
            this.meaning = meaning;
        }

        private String option() {
            return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private String variable() {
            return "DESKWAVE_" + name();
        }

        private boolean isSwitch() {
            return value.isEmpty();
        }
    }

    public Config {
        if (host.isBlank()) {
            throw new Wrong("--host must name an address, such as 127.0.0.1");
        }
        if (port < 0 || port > 65535) {
            throw new Wrong("--port must be between 0 and 65535, not " + port);
        }
        if (projectName.isBlank() || projectName.length() > 64) {
            throw new Wrong("--project-name must have 1 to 64 characters");
        }
        if (tls.isEmpty() && !allowInsecure && !isLoopback(host)) {
            throw new Wrong("without TLS only loopback addresses are served, and " + host + " is none: give "
                    + "--tls-certificate and --tls-private-key, or --allow-insecure if something in front does TLS");
        }
        publicEndpoint.ifPresent(Config::requireEndpoint);
        if (drainSeconds > LONGEST_DRAIN_SECONDS) {
            throw new Wrong("--drain-seconds must be between 0 and " + LONGEST_DRAIN_SECONDS + ", not " + drainSeconds);
        }
    }

    public static boolean asksForHelp(List<String> arguments) {
        return arguments.isEmpty()
                || arguments.contains("--help")
                || arguments.contains("-h")
                || arguments.get(0).equals("help");
    }

    public static String usage() {
        StringBuilder usage = new StringBuilder("usage: java -jar control-plane.jar serve [options]\n")
                .append("       java -jar control-plane.jar ")
                .append(BackupCommand.USAGE)
                .append('\n')
                .append("       java -jar control-plane.jar ")
                .append(RestoreCommand.USAGE)
                .append("\n\n");
        for (Flag flag : Flag.values()) {
            usage.append(String.format(Locale.ROOT, "  %-26s %s%n", flag.option() + " " + flag.value, flag.meaning));
        }
        return usage.append(
                        "\nEach option is also read from the environment: --data-dir from DESKWAVE_DATA_DIR, and so on.")
                .append(" An option wins.\n")
                .toString();
    }

    public static Config parse(List<String> arguments, Map<String, String> environment) {
        if (arguments.isEmpty() || !arguments.get(0).equals("serve")) {
            throw new Wrong("the first word must be serve, backup or restore, as in: java -jar control-plane.jar serve "
                    + "--port 8080");
        }
        Map<Flag, String> set = fromEnvironment(environment);
        set.putAll(fromArguments(arguments.subList(1, arguments.size())));
        Path dataDir = path(set, Flag.DATA_DIR).orElse(Path.of("deskwave-data"));
        return new Config(
                set.getOrDefault(Flag.HOST, "127.0.0.1"),
                port(set.getOrDefault(Flag.PORT, "8080")),
                dataDir,
                Optional.ofNullable(set.get(Flag.DATABASE_URL)),
                path(set, Flag.MASTER_KEY_FILE).orElse(dataDir.resolve("master.key")),
                set.getOrDefault(Flag.PROJECT_NAME, "local-1"),
                tls(path(set, Flag.TLS_CERTIFICATE), path(set, Flag.TLS_PRIVATE_KEY)),
                isOn(set.getOrDefault(Flag.ALLOW_INSECURE, "false")),
                Optional.ofNullable(set.get(Flag.PUBLIC_ENDPOINT)),
                new Retention(
                        amount(set, Flag.KEEP_RECORDS_DAYS, Retention.USUAL.recordDays()),
                        amount(set, Flag.KEEP_OUTPUT_DAYS, Retention.USUAL.outputDays()),
                        amount(set, Flag.KEEP_OUTPUT_GIGABYTES, Retention.USUAL.outputGigabytes())),
                new Limits(
                        limit(set, Flag.MAX_OPEN_TASKS, Limits.USUAL.openTasks()),
                        limit(set, Flag.MAX_DESKTOP_RECORDS, Limits.USUAL.desktopRecords())),
                eventLoops(set),
                amount(set, Flag.DRAIN_SECONDS, 0),
                instant(set, Flag.AFTER_RESTORE),
                path(set, Flag.PROVIDER));
    }

    private static Map<Flag, String> fromEnvironment(Map<String, String> environment) {
        Map<Flag, String> set = new EnumMap<>(Flag.class);
        for (Flag flag : Flag.values()) {
            String value = environment.getOrDefault(flag.variable(), "");
            if (!value.isEmpty()) {
                set.put(flag, value);
            }
        }
        return set;
    }

    private static Map<Flag, String> fromArguments(List<String> arguments) {
        Map<Flag, String> set = new EnumMap<>(Flag.class);
        for (int i = 0; i < arguments.size(); i++) {
            String[] parts = arguments.get(i).split("=", 2);
            Flag flag = flag(parts[0]);
            String value;
            if (parts.length == 2) {
                value = parts[1];
            } else if (flag.isSwitch()) {
                value = "true";
            } else if (i + 1 < arguments.size() && !arguments.get(i + 1).startsWith("--")) {
                value = arguments.get(++i);
            } else {
                throw new Wrong(flag.option() + " needs a value: " + flag.meaning);
            }
            if (value.isEmpty() || set.put(flag, value) != null) {
                throw new Wrong(flag.option() + " must be given once, with a value");
            }
        }
        return set;
    }

    private static Flag flag(String option) {
        return Arrays.stream(Flag.values())
                .filter(flag -> flag.option().equals(option))
                .findFirst()
                .orElseThrow(() -> new Wrong("there is no option " + option + "; did you mean "
                        + nearest(option).option() + "?"));
    }

    private static Flag nearest(String option) {
        return Arrays.stream(Flag.values())
                .min(Comparator.comparingInt(
                        flag -> flag.option().startsWith(option) ? 0 : distance(option, flag.option())))
                .orElseThrow();
    }

    /** Letters to insert, delete or replace. */
    private static int distance(String one, String other) {
        int[] previous = new int[other.length() + 1];
        Arrays.setAll(previous, column -> column);
        for (int row = 1; row <= one.length(); row++) {
            int[] current = new int[other.length() + 1];
            current[0] = row;
            for (int column = 1; column <= other.length(); column++) {
                int replaced = previous[column - 1] + (one.charAt(row - 1) == other.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replaced, 1 + Math.min(previous[column], current[column - 1]));
            }
            previous = current;
        }
        return previous[other.length()];
    }

    /** Up to 100,000: 270 years, 100 terabytes. */
    private static int amount(Map<Flag, String> set, Flag flag, int usual) {
        String text = set.getOrDefault(flag, String.valueOf(usual));
        if (!text.matches("\\d{1,5}|100000")) {
            throw new Wrong(flag.option() + " must be a number between 0 and 100000, not '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    private static int eventLoops(Map<Flag, String> set) {
        int usual = usualLoops(Runtime.getRuntime().availableProcessors());
        String text = set.getOrDefault(Flag.EVENT_LOOPS, String.valueOf(usual));
        int loops = text.matches("\\d{1,2}") ? Integer.parseInt(text) : 0;
        if (loops < 1 || loops > MOST_EVENT_LOOPS) {
            throw new Wrong(Flag.EVENT_LOOPS.option() + " must be a number between 1 and " + MOST_EVENT_LOOPS
                    + ", not '" + text + "'");
        }
        return loops;
    }

    private static int limit(Map<Flag, String> set, Flag flag, int usual) {
        int limit = amount(set, flag, usual);
        if (limit == 0) {
            throw new Wrong(flag.option() + " must be at least 1: there is no way to do without a bound");
        }
        return limit;
    }

    /** On fewer cores a second one only takes from PostgreSQL, the compiler and the garbage collector: measured on two. */
    static int usualLoops(int cores) {
        return Math.max(1, Math.min(MOST_USUAL_LOOPS, cores / CORES_OF_A_LOOP));
    }

    private static int port(String port) {
        try {
            return Integer.parseInt(port);
        } catch (NumberFormatException e) {
            throw new Wrong("--port must be a number between 0 and 65535, not '" + port + "'");
        }
    }

    private static boolean isOn(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes", "on" -> true;
            case "false", "0", "no", "off" -> false;
            default -> throw new Wrong(Flag.ALLOW_INSECURE.variable() + " must be true or false, not '" + value + "'");
        };
    }

    private static Optional<Path> path(Map<Flag, String> set, Flag flag) {
        try {
            return Optional.ofNullable(set.get(flag)).map(Path::of);
        } catch (InvalidPathException e) {
            throw new Wrong(flag.option() + " must be a path, not '" + e.getInput() + "'");
        }
    }

    private static Optional<Instant> instant(Map<Flag, String> set, Flag flag) {
        try {
            return Optional.ofNullable(set.get(flag)).map(Instant::parse);
        } catch (DateTimeParseException e) {
            throw new Wrong(
                    flag.option() + " must be a time such as 2026-11-21T20:00:00Z, not '" + set.get(flag) + "'");
        }
    }

    private static Optional<TlsFiles> tls(Optional<Path> certificate, Optional<Path> privateKey) {
        if (certificate.isPresent() != privateKey.isPresent()) {
            throw new Wrong("--tls-certificate and --tls-private-key go together: give both or neither");
        }
        return certificate.flatMap(file -> privateKey.map(key -> new TlsFiles(file, key)));
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
    }

    private static void requireEndpoint(String endpoint) {
        try {
            URI uri = new URI(endpoint);
            boolean isWeb = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (isWeb && uri.getHost() != null && String.valueOf(uri.getPath()).isEmpty()) {
                return;
            }
        } catch (URISyntaxException e) {
            // The same answer as for the wrong parts.
        }
        throw new Wrong(
                "--public-endpoint must be like https://deskwave.example.com, without a path, not '" + endpoint + "'");
    }

    /** The database URL holds a password: it is only said whether there is one. */
    @Override
    public String toString() {
        return "Config[host=" + host + ", port=" + port + ", dataDir=" + dataDir + ", database="
                + (databaseUrl.isPresent() ? "external" : "embedded") + ", masterKeyFile=" + masterKeyFile
                + ", projectName=" + projectName + ", tls=" + tls.isPresent() + ", allowInsecure=" + allowInsecure
                + ", publicEndpoint=" + publicEndpoint.orElse("-") + ", retention=" + retention + ", limits=" + limits
                + ", eventLoops=" + eventLoops + ", drainSeconds=" + drainSeconds + ", afterRestore="
                + afterRestore.map(Instant::toString).orElse("-") + ", provider="
                + provider.map(Path::toString).orElse("-") + "]";
    }
}
