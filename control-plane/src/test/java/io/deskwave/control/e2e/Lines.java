package io.deskwave.control.e2e;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A script that prints a numbered line a second, and says in a file that it was started. */
final class Lines {
    private Lines() {}

    static String script(Path starts, int count) {
        return "echo $DESKWAVE_RUN_ID >> " + starts + "; i=1; while [ $i -le " + count
                + " ]; do echo line $i; i=$((i+1)); sleep 1; done";
    }

    static String printed(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
    }
}
