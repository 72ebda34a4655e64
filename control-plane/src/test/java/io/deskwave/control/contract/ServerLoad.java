package io.deskwave.control.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** What Linux says of the connections that a server on this machine holds. */
public final class ServerLoad {
    /** Established, and waiting for this side to close. */
    private static final String HELD = "01|08";

    private ServerLoad() {}

    public static long connections(int port) {
        return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                .mapToLong(table -> held(Path.of(table), port))
                .sum();
    }

    private static long held(Path table, int port) {
        String local = String.format(Locale.ROOT, ":%04X", port);
        try (Stream<String> rows = Files.lines(table)) {
            return rows.skip(1)
                    .map(row -> row.strip().split("\\s+", -1))
                    .filter(row -> row[1].endsWith(local) && row[3].matches(HELD))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
