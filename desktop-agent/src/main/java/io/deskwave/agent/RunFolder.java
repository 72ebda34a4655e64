package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Where the files of one attempt are. */
record RunFolder(Path path) {
    private static final String EXIT = "exit.";

    Path meta() {
        return path.resolve("meta.json");
    }

    /** The script as it came. */
    Path text() {
        return path.resolve("text");
    }

    Path output(OutputStreamName stream) {
        return switch (stream) {
            case STDOUT -> path.resolve("out");
            case STDERR -> path.resolve("err");
        };
    }

    /** Created exclusively, before the script is started: who creates it may run it. */
    Path pid() {
        return path.resolve("pid");
    }

    /** Empty, and there from the beginning: renaming it to the exit code needs no room on a full disk. */
    Path exitToBe() {
        return path.resolve(EXIT + "tmp");
    }

    /** The name that the wrapper gives {@link #exitToBe} when the script ended. */
    Path exit(int code) {
        return path.resolve(EXIT + code);
    }

    /**
     * Empty while the script runs. A name that is no exit code, or no file, is none. Blocking.
     *
     * @param mayRun whether the wrapper was alive just now; then {@link #exitToBe} says more cheaply that it is not over
     */
    OptionalInt exitCode(boolean mayRun) {
        if (mayRun && Files.exists(exitToBe())) {
            return OptionalInt.empty();
        }
        try (var names = Files.newDirectoryStream(path, EXIT + "*")) {
            for (Path name : names) {
                OptionalInt code = code(String.valueOf(name.getFileName()));
                if (code.isPresent() && Files.isRegularFile(name, LinkOption.NOFOLLOW_LINKS)) {
                    return code;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // a folder that the script removed tells nothing
        }
        return OptionalInt.empty();
    }

    private static OptionalInt code(String name) {
        try {
            return OptionalInt.of((int) Long.parseLong(name.substring(EXIT.length())));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    /** The script's working directory. */
    Path work() {
        return path.resolve("work");
    }
}
