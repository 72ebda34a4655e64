package io.deskwave.agent;

import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import java.io.File;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Which program runs which script, and how the script's file has to look for it. */
final class Interpreter {
    /** A script's file and the command that runs it. */
    record Prepared(String fileName, byte[] content, List<String> command) {}

    /** No process can be started; the message is for a person. */
    static final class Unable extends Exception {
        private static final long serialVersionUID = 1L;

        private final ResultCode code;

        Unable(ResultCode code, String message) {
            super(message);
            this.code = code;
        }

        ResultCode code() {
            return code;
        }
    }

    private static final Pattern LINE_END = Pattern.compile("\r?\n");

    private Interpreter() {}

    /** What this machine can run. */
    static Set<ScriptType> available() {
        var types = EnumSet.noneOf(ScriptType.class);
        if (Platform.WINDOWS) {
            types.add(ScriptType.BAT);
            types.add(ScriptType.POWERSHELL);
        } else {
            types.add(ScriptType.SHELL);
            if (find("pwsh").isPresent()) {
                types.add(ScriptType.POWERSHELL);
            }
        }
        return types;
    }

    static Prepared prepare(ScriptType type, String text, Path folder, Charset console) throws Unable {
        if (!available().contains(type)) {
            throw new Unable(ResultCode.UNSUPPORTED, "this desktop cannot run " + type + " scripts");
        }
        return switch (type) {
            case SHELL -> shell(text, folder);
            case POWERSHELL -> powershell(text, folder);
            case BAT ->
                new Prepared(
                        "script.bat",
                        LINE_END.matcher(text).replaceAll("\r\n").getBytes(console),
                        List.of(
                                "cmd.exe",
                                "/d",
                                "/c",
                                folder.resolve("script.bat").toString()));
        };
    }

    /** Carriage returns go: they come from editors, and no Unix shell can read a script that has them. */
    private static Prepared shell(String text, Path folder) throws Unable {
        String unix = LINE_END.matcher(text).replaceAll("\n");
        String file = folder.resolve("script").toString();
        byte[] content = unix.getBytes(StandardCharsets.UTF_8);
        if (!unix.startsWith("#!")) {
            return new Prepared("script", content, List.of("/bin/sh", file));
        }
        String program = unix.substring(2).strip().split("\\s", 2)[0];
        if (!Files.isExecutable(Path.of(program))) {
            throw new Unable(
                    ResultCode.START_FAILED,
                    "the script's first line asks for " + program + ", which is not on this desktop");
        }
        return new Prepared("script", content, List.of(file));
    }

    /** With a byte order mark: without one Windows PowerShell reads the file in the console's code page. */
    private static Prepared powershell(String text, Path folder) {
        String program = Platform.WINDOWS ? "powershell.exe" : "pwsh";
        return new Prepared(
                "script.ps1",
                ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8),
                List.of(
                        program,
                        "-NoProfile",
                        "-NonInteractive",
                        "-ExecutionPolicy",
                        "Bypass",
                        "-File",
                        folder.resolve("script.ps1").toString()));
    }

    private static Optional<Path> find(String program) {
        String path = System.getenv("PATH");
        for (String folder : (path == null ? "" : path).split(Pattern.quote(File.pathSeparator), -1)) {
            Path file = Path.of(folder, program);
            if (Files.isExecutable(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }
}
