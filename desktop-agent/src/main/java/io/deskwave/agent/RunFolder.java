package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import java.nio.file.Path;

/** Where the files of one attempt are. */
record RunFolder(Path path) {
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

    /** Created exclusively by the wrapper, before it starts the script: who creates it may run it. */
    Path pid() {
        return path.resolve("pid");
    }

    /** Written by the wrapper when the script ended. */
    Path exit() {
        return path.resolve("exit");
    }

    /** The script's working directory. */
    Path work() {
        return path.resolve("work");
    }
}
