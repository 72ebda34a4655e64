package io.deskwave.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Which of the sessions that Linux knows are those of people. OSHI lists all that have a terminal: the login screen is a
 * session of its own user, and one that somebody has left stays until its last process has ended.
 */
final class LoginSessions {
    private static final Path FOLDER = Path.of("/run/systemd/sessions");

    /** By user and terminal: whether there is one that somebody sits at. */
    private final Map<String, Boolean> known;

    private LoginSessions(Map<String, Boolean> known) {
        this.known = Map.copyOf(known);
    }

    static LoginSessions read() {
        return read(FOLDER);
    }

    /** Where there is no systemd-logind nothing is known. */
    static LoginSessions read(Path folder) {
        Map<String, Boolean> known = new HashMap<>();
        // Beside the sessions lie named pipes, and to read one of them would wait for ever.
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
            for (Path file : files) {
                Map<String, String> session = members(file);
                if (session.isEmpty()) {
                    continue;
                }
                known.merge(
                        key(session.getOrDefault("USER", ""), session.getOrDefault("TTY", "")),
                        session.getOrDefault("CLASS", "user").startsWith("user")
                                && !session.getOrDefault("STATE", "").equals("closing"),
                        Boolean::logicalOr);
            }
        } catch (IOException e) {
            return new LoginSessions(Map.of());
        }
        return new LoginSessions(known);
    }

    private static Map<String, String> members(Path file) throws IOException {
        Map<String, String> members = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                int split = line.indexOf('=');
                if (split > 0) {
                    members.put(line.substring(0, split), line.substring(split + 1));
                }
            }
        } catch (NoSuchFileException e) {
            // It has ended since.
        }
        return members;
    }

    /** What is not known is taken for somebody. */
    boolean isPerson(String user, String terminal) {
        return known.getOrDefault(key(user, terminal), true);
    }

    private static String key(String user, String terminal) {
        return user + " " + terminal;
    }
}
