package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * PostgreSQL's {@code postmaster.pid}. What it says is believed only when the process it names is alive, is a
 * PostgreSQL and works in this very data folder: pids are given out again, and a stranger must not be signalled.
 */
record PostmasterFile(Path data) {
    private static final int PORT_LINE = 3;
    private static final int STATUS_LINE = 7;

    private Path file() {
        return data.resolve("postmaster.pid");
    }

    /** The server that lives in this data folder. */
    OptionalLong server() throws IOException {
        OptionalLong pid = namedPid();
        return pid.isPresent() && isOurs(pid.getAsLong()) ? pid : OptionalLong.empty();
    }

    /** Whether the server with this pid has written that it takes connections. */
    boolean saysReady(long pid) throws IOException {
        List<String> lines = lines();
        return namedPid().equals(OptionalLong.of(pid))
                && lines.size() > STATUS_LINE
                && lines.get(STATUS_LINE).strip().equals("ready");
    }

    /** Where the server of this data folder takes connections; empty while there is none, or none that takes any. */
    OptionalInt port() throws IOException {
        OptionalLong server = server();
        List<String> lines = lines();
        return server.isPresent() && saysReady(server.getAsLong()) && lines.size() > PORT_LINE
                ? OptionalInt.of(Integer.parseInt(lines.get(PORT_LINE).strip()))
                : OptionalInt.empty();
    }

    /** PostgreSQL refuses to start while the file names any living process, a stranger included. */
    void deleteStale() throws IOException {
        Files.deleteIfExists(file());
    }

    private boolean isOurs(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            return !isZombie(process)
                    && Files.readString(process.resolve("cmdline")).contains("postgres")
                    && Files.readSymbolicLink(process.resolve("cwd")).equals(data.toRealPath());
        } catch (IOException gone) {
            return false;
        }
    }

    private static boolean isZombie(Path process) throws IOException {
        String stat = Files.readString(process.resolve("stat"));
        // The name in parentheses may itself hold blanks and parentheses.
        return stat.startsWith(") Z", stat.lastIndexOf(')'));
    }

    private OptionalLong namedPid() throws IOException {
        List<String> lines = lines();
        try {
            return lines.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(lines.get(0).strip()));
        } catch (NumberFormatException halfWritten) {
            return OptionalLong.empty();
        }
    }

    private List<String> lines() throws IOException {
        try {
            return Files.readAllLines(file());
        } catch (NoSuchFileException absent) {
            return List.of();
        }
    }
}
