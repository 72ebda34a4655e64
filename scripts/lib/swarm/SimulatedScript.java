package io.deskwave.agent;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a script goes that nothing runs. What the swarm's flags say, unless the script's own text says otherwise in a line such
 * as {@code # swarm: delay-millis=500-3000 output-bytes=65536 output-rate=0 failure-rate=0.1}, so that one swarm serves
 * many kinds of load. With a rate, output comes as it is written, up to {@code outputBytes}, or as long as it runs when that
 * is 0; without one it is all there at the start.
 */
record SimulatedScript(Span delayMillis, long outputBytes, long bytesPerSecond, double failureRate) {
    private static final String MARK = "# swarm:";
    private static final Pattern WORD = Pattern.compile("([a-z-]+)=(\\S+)");

    /** What is misspelt changes nothing: the text came over the wire. */
    SimulatedScript asWritten(String text) {
        int mark = text.indexOf(MARK);
        if (mark < 0) {
            return this;
        }
        SimulatedScript script = this;
        Matcher words = WORD.matcher(text.substring(mark + MARK.length()).lines().findFirst().orElse(""));
        while (words.find()) {
            try {
                script = script.with(words.group(1), words.group(2));
            } catch (IllegalArgumentException e) {
                // as it was
            }
        }
        return script;
    }

    private SimulatedScript with(String name, String value) {
        return switch (name) {
            case "delay-millis" -> new SimulatedScript(Span.parse(value), outputBytes, bytesPerSecond, failureRate);
            case "output-bytes" ->
                new SimulatedScript(delayMillis, Long.parseLong(value), bytesPerSecond, failureRate);
            case "output-rate" -> new SimulatedScript(delayMillis, outputBytes, Long.parseLong(value), failureRate);
            case "failure-rate" ->
                new SimulatedScript(delayMillis, outputBytes, bytesPerSecond, Double.parseDouble(value));
            default -> this;
        };
    }

    /** How much is written after so long. */
    long writtenAfter(long millis) {
        if (bytesPerSecond == 0) {
            return outputBytes;
        }
        long written = bytesPerSecond * millis / 1000;
        return outputBytes == 0 ? written : Math.min(written, outputBytes);
    }
}
