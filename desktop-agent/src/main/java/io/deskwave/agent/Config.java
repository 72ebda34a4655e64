package io.deskwave.agent;

import io.deskwave.protocol.Enrollment.Token;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the agent was told on its command line and in its environment; a flag wins over the environment.
 *
 * @param token null when the agent is enrolled already
 * @param name how the desktop shall be called; empty means its host name
 * @param endpoint overrides the token's; null to take that one
 */
public record Config(
        Path home,
        @Nullable Token token,
        String name,
        PowerMode power,
        Duration simulatedPowerPause,
        @Nullable String endpoint) {

    /** Whether power steps happen to the machine or are only acted. */
    public enum PowerMode {
        REAL,
        SIMULATE
    }

    static final String USAGE = "use: desktop-agent run --home D [--enrollment-token-file F | --enrollment-token T]"
            + " [--name NAME] [--power real|simulate] [--simulate-power-seconds N] [--endpoint URL]";

    private static final String ENVIRONMENT_PREFIX = "DESKWAVE_";
    private static final List<String> FLAGS = List.of(
            "--home",
            "--enrollment-token",
            "--enrollment-token-file",
            "--name",
            "--power",
            "--simulate-power-seconds",
            "--endpoint");

    public Config {
        endpoint = endpoint == null ? null : checkedEndpoint(endpoint);
    }

    /** @throws UsageException with one sentence that says what to do */
    public static Config parse(List<String> args, Map<String, String> environment) {
        if (args.isEmpty() || !args.get(0).equals("run")) {
            throw new UsageException(USAGE);
        }
        Map<String, String> values = fromEnvironment(environment);
        values.putAll(fromArguments(args.subList(1, args.size())));
        String home = values.get("--home");
        if (home == null || home.isBlank()) {
            throw new UsageException("say where the agent keeps its state: --home D or DESKWAVE_HOME");
        }
        return new Config(
                Path.of(home).toAbsolutePath().normalize(),
                token(values),
                values.getOrDefault("--name", ""),
                powerMode(values.getOrDefault("--power", "real")),
                seconds(values.getOrDefault("--simulate-power-seconds", "3")),
                values.get("--endpoint"));
    }

    private static Map<String, String> fromEnvironment(Map<String, String> environment) {
        var values = new HashMap<String, String>();
        for (String flag : FLAGS) {
            String variable =
                    ENVIRONMENT_PREFIX + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
            String value = environment.get(variable);
            if (value != null && !value.isBlank()) {
                values.put(flag, value);
            }
        }
        return values;
    }

    private static Map<String, String> fromArguments(List<String> args) {
        var values = new HashMap<String, String>();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            int equals = arg.indexOf('=');
            String flag = equals < 0 ? arg : arg.substring(0, equals);
            if (!FLAGS.contains(flag)) {
                throw new UsageException("unknown argument " + flag + "; " + USAGE);
            }
            if (equals < 0 && i + 1 == args.size()) {
                throw new UsageException(flag + " needs a value");
            }
            values.put(flag, equals < 0 ? args.get(++i) : arg.substring(equals + 1));
        }
        return values;
    }

    private static @Nullable Token token(Map<String, String> values) {
        String file = values.get("--enrollment-token-file");
        String text = values.get("--enrollment-token");
        try {
            if (file != null) {
                text = Files.readString(Path.of(file));
            }
            return text == null ? null : Token.decode(text);
        } catch (IOException e) {
            throw new UsageException("cannot read the enrollment token file " + file);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--enrollment-token: " + e.getMessage());
        }
    }

    private static PowerMode powerMode(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "real" -> PowerMode.REAL;
            case "simulate" -> PowerMode.SIMULATE;
            default -> throw new UsageException("--power is real or simulate, not " + text);
        };
    }

    private static Duration seconds(String text) {
        try {
            int seconds = Integer.parseInt(text);
            if (seconds >= 0 && seconds <= 3600) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("--simulate-power-seconds is a number from 0 to 3600, not " + text);
    }

    /** Without a slash at its end. */
    static String checkedEndpoint(String text) {
        try {
            URI uri = URI.create(text.strip());
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) {
                return uri.toString().replaceAll("/+$", "");
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new UsageException("the endpoint is a URL such as https://fleet.example:8443, not " + text);
    }

    /** Without the token: it is a secret. */
    @Override
    public String toString() {
        return "Config[home=" + home + ", name=" + name + ", power=" + power + ", endpoint=" + endpoint + "]";
    }
}
