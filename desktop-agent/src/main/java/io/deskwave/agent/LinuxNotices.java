package io.deskwave.agent;

import io.deskwave.protocol.ServerMessage.Notice;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import oshi.SystemInfo;

/**
 * The Linux way: {@code wall} for terminals, {@code notify-send} as the user in each graphical session that logind knows. The
 * text goes through standard input and as an argument, never through a shell. Blocking.
 */
final class LinuxNotices {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxNotices.class);
    private static final String TITLE = "From your administrator";
    private static final int WITHIN_SECONDS = 5;
    private static final int MOST_SESSIONS = 64;
    private static final Set<String> GRAPHICAL = Set.of("x11", "wayland", "mir");
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@\\\\-]*\\$?");

    private final Path scratch;

    /** @param scratch where the answer of a program may be written */
    LinuxNotices(Path scratch) {
        this.scratch = scratch;
    }

    record LoggedOn(String user, String uid, boolean graphical) {}

    /** The number of sessions, by whoever knows of more: logind, or the old list of terminals. */
    int show(Notice notice) throws IOException, InterruptedException {
        int terminals = new SystemInfo().getOperatingSystem().getSessions().size();
        List<LoggedOn> sessions = sessions();
        var running = new ArrayList<Process>();
        if (terminals > 0 || sessions.stream().anyMatch(session -> !session.graphical())) {
            start(List.of("wall"), notice.message() + "\n", running);
        }
        for (LoggedOn session : sessions) {
            if (session.graphical()) {
                start(notifySend(session, notice.message()), null, running);
            }
        }
        for (Process process : running) {
            if (!process.waitFor(WITHIN_SECONDS, TimeUnit.SECONDS)) {
                var unused = process.destroyForcibly();
            }
        }
        return Math.max(terminals, sessions.size());
    }

    private static void start(List<String> command, @Nullable String input, List<Process> running) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            running.add(process);
            try (var stdin = process.getOutputStream()) {
                if (input != null) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            LOG.warn("{} did not tell the users: {}", command.get(0), e.getMessage());
        }
    }

    static List<String> notifySend(LoggedOn session, String message) {
        return List.of(
                "runuser",
                "-u",
                session.user(),
                "--",
                "env",
                "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/" + session.uid() + "/bus",
                "notify-send",
                "--urgency=critical",
                "--",
                TITLE,
                withoutMarkup(message));
    }

    /** Desktops take a few tags in the text. */
    private static String withoutMarkup(String message) {
        return message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private List<LoggedOn> sessions() throws IOException, InterruptedException {
        List<String> ids = output(List.of("loginctl", "list-sessions", "--no-legend"))
                .lines()
                .map(line -> line.strip().split("\\s+", 2)[0])
                .filter(id -> id.matches("[A-Za-z0-9]+"))
                .limit(MOST_SESSIONS)
                .toList();
        if (ids.isEmpty()) {
            return List.of();
        }
        Stream<String> command = Stream.of(
                "loginctl", "show-session", "-p", "Type", "-p", "Class", "-p", "Name", "-p", "User", "-p", "State");
        return sessions(output(Stream.concat(command, ids.stream()).toList()));
    }

    /** Of what logind says of sessions, an empty line between them; not the screens that wait for somebody to log on. */
    static List<LoggedOn> sessions(String shown) {
        return Stream.of(shown.split("\\n\\s*\\n"))
                .map(LinuxNotices::members)
                .filter(session -> "user".equals(session.get("Class")) && !"closing".equals(session.get("State")))
                .map(session -> new LoggedOn(
                        session.getOrDefault("Name", ""),
                        session.getOrDefault("User", ""),
                        GRAPHICAL.contains(session.getOrDefault("Type", ""))))
                .filter(session ->
                        USER.matcher(session.user()).matches() && session.uid().matches("\\d+"))
                .distinct()
                .toList();
    }

    private static Map<String, String> members(String session) {
        return session.lines()
                .map(line -> line.split("=", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[0].strip(), parts -> parts[1].strip(), (a, b) -> b));
    }

    /** Empty where the program is not there or does not answer: then nobody is known to sit at a screen. */
    private String output(List<String> command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(scratch.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(WITHIN_SECONDS, TimeUnit.SECONDS)) {
                var unused = process.destroyForcibly();
                return "";
            }
            return process.exitValue() == 0 ? Objects.requireNonNull(Files.readString(scratch)) : "";
        } catch (IOException e) {
            LOG.debug("no {} here: {}", command.get(0), e.getMessage());
            return "";
        } finally {
            boolean unused = Files.deleteIfExists(scratch);
        }
    }
}
