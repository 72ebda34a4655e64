package io.deskwave.control.chaos;

import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a run did and found, told as it happens. Any thread. */
final class Journal {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

    private final PrintStream out;
    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> findings = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();

    Journal(PrintStream out) {
        this.out = out;
    }

    synchronized void say(String line) {
        String stamped = CLOCK.format(Instant.now()) + " " + line;
        lines.add(stamped);
        out.println(stamped);
    }

    /** One more of a kind. */
    synchronized void count(String kind) {
        counts.merge(kind, 1, Integer::sum);
    }

    /** Something that must not be, seen on the way. Each sentence once. */
    synchronized void find(String sentence) {
        if (!findings.contains(sentence)) {
            findings.add(sentence);
            say("FOUND " + sentence);
        }
    }

    synchronized Map<String, Integer> counts() {
        return new TreeMap<>(counts);
    }

    synchronized List<String> findings() {
        return List.copyOf(findings);
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
