package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command that stands between agent and script; {@link ScriptProcess} says why. */
final class Wrapper {
    /** How it ends when it could not create the pid file or not write into it, and so ran nothing. */
    static final int NOT_STARTED = 75;

    /**
     * Leader of a session of its own. {@code set -C} makes the pid file's creation exclusive; the trap keeps the wrapper
     * alive when its group is asked to end, and is not inherited; its own messages about
     * signals go nowhere, since only the subshell's errors go to the file. The exit code is a name and not a content,
     * so that it is told even where the disk is full.
     */
    private static final String UNIX =
            """
            run=$1; shift
            set -C
            (umask 077; printf '%s\\n' "$$" > "$run/pid") 2>/dev/null || exit 75
            set +C
            trap : HUP INT QUIT TERM
            (exec "$@") 2>> "$run/err"
            code=$?
            umask 077
            mv -f "$run/exit.tmp" "$run/exit.$code" || : > "$run/exit.$code"
            """;

    private Wrapper() {}

    static List<String> command(RunFolder folder, List<String> script) throws IOException {
        var command = new ArrayList<String>();
        if (Platform.WINDOWS) {
            command.addAll(
                    List.of("cmd.exe", "/d", "/c", windows(folder, script).toString()));
        } else {
            command.addAll(List.of(
                    "setsid",
                    "/bin/sh",
                    "-c",
                    UNIX,
                    "deskwave-run",
                    folder.path().toString()));
            command.addAll(script);
        }
        return command;
    }

    private static Path windows(RunFolder folder, List<String> script) throws IOException {
        Path file = folder.path().resolve("run.cmd");
        String quoted = "\"" + String.join("\" \"", script) + "\"";
        String text = String.join(
                "\r\n",
                "@echo off",
                quoted + " 2>>\"" + folder.output(OutputStreamName.STDERR) + "\"",
                "move /y \"" + folder.exitToBe() + "\" \"" + folder.path().resolve("exit.") + "%ERRORLEVEL%\" >nul",
                "");
        return Files.writeString(file, text, Charset.defaultCharset());
    }
}
