package io.deskwave.control;

import io.deskwave.control.Config.Wrong;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The options of a command that ends by itself: {@code --name value}, {@code --name=value}, or a switch. */
record Options(Map<String, String> values, Set<String> switches, Map<String, String> environment) {
    /**
     * What a command takes.
     *
     * @param fromEnvironment those with a value that are read from {@code DESKWAVE_...} as well, as {@code serve} does
     */
    record Known(String command, Set<String> withValue, Set<String> switches, Set<String> fromEnvironment) {}

    Options {
        values = Map.copyOf(values);
        switches = Set.copyOf(switches);
        environment = Map.copyOf(environment);
    }

    static Options parse(List<String> arguments, Known known, Map<String, String> environment) {
        Map<String, String> values = new HashMap<>();
        Set<String> switches = new HashSet<>();
        for (int i = 0; i < arguments.size(); i++) {
            String[] parts = arguments.get(i).split("=", 2);
            String name = parts[0];
            if (known.switches().contains(name) && parts.length == 1) {
                switches.add(name);
                continue;
            }
            if (!known.withValue().contains(name)) {
                throw new Wrong(known.command() + " has no option " + arguments.get(i) + ": it takes "
                        + String.join(" ", known.withValue().stream().sorted().toList())
                        + (known.switches().isEmpty() ? "" : " " + String.join(" ", known.switches())));
            }
            boolean follows = parts.length == 1 && i + 1 < arguments.size();
            String value = parts.length == 2 ? parts[1] : follows ? arguments.get(++i) : "";
            if (value.isEmpty() || values.put(name, value) != null) {
                throw new Wrong(name + " must be given once, with a value");
            }
        }
        Map<String, String> ours = new HashMap<>();
        for (String name : known.fromEnvironment()) {
            String value = environment.getOrDefault(variable(name), "");
            if (!value.isEmpty()) {
                ours.put(name, value);
            }
        }
        return new Options(values, switches, ours);
    }

    private static String variable(String option) {
        return "DESKWAVE_" + option.substring(2).toUpperCase(Locale.ROOT).replace('-', '_');
    }

    boolean isOn(String name) {
        return switches.contains(name);
    }

    Optional<String> find(String name) {
        return Optional.ofNullable(values.getOrDefault(name, environment.get(name)));
    }

    Optional<Path> findPath(String name) {
        try {
            return find(name).map(Path::of);
        } catch (InvalidPathException e) {
            throw new Wrong(name + " must be a path, not '" + e.getInput() + "'");
        }
    }

    Path getPath(String name, String example) {
        return findPath(name)
                .orElseThrow(() -> new Wrong(name + " is missing: give it, as in " + name + " " + example));
    }

    /** It may hold a password. */
    @Override
    public String toString() {
        return "Options" + values.keySet() + switches;
    }
}
