package io.deskwave.control.chaos;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A script whose every line is known beforehand: it notes its start, prints numbered lines that name its run, notes its end,
 * and exits. Its first line says what it is, so that what was stored tells what it must have done.
 *
 * @param seconds how long it takes, a pause after each line
 * @param lines on standard output, of some ten bytes more than the run's name
 * @param errorEvery also a line on standard error with each so-manieth
 * @param bulk lines of a hundred bytes more, at the end and at once
 */
public record Payload(int seconds, int lines, int errorEvery, int bulk, int exitCode) {
    private static final Pattern HEAD = Pattern.compile("# payload (\\d+) (\\d+) (\\d+) (\\d+) (\\d+)\n");
    private static final String PADDING = ".".repeat(100);

    /** @param acts the file that every script appends its start and its end to */
    public String script(Path acts) {
        String note = "\"$DESKWAVE_RUN_ID $CHAOS_DESK\" >> '" + acts + "'\n";
        String pause = seconds == 0 ? "" : "  sleep " + Math.max(1, seconds * 1000 / lines) / 1000.0 + "\n";
        String printBulk = bulk == 0
                ? ""
                : "awk -v run=\"$DESKWAVE_RUN_ID\" 'BEGIN { for (i = 1; i <= " + bulk + "; i++) print run \" b \" i \" "
                        + PADDING + "\" }'\n";
        return "# payload " + seconds + " " + lines + " " + errorEvery + " " + bulk + " " + exitCode + "\n"
                + "echo S " + note
                + "i=0\n"
                + "while [ $i -lt " + lines + " ]; do\n"
                + "  i=$((i+1))\n"
                + "  echo \"$DESKWAVE_RUN_ID o $i\"\n"
                + "  if [ $((i % " + errorEvery + ")) -eq 0 ]; then echo \"$DESKWAVE_RUN_ID e $i\" >&2; fi\n"
                + pause
                + "done\n"
                + printBulk
                + "echo E " + note
                + "exit " + exitCode + "\n";
    }

    /** What a script of ours is, read back from its text. */
    public static Payload parse(String script) {
        Matcher head = HEAD.matcher(script);
        if (!head.lookingAt()) {
            throw new IllegalArgumentException("no script of this harness: " + script);
        }
        return new Payload(number(head, 1), number(head, 2), number(head, 3), number(head, 4), number(head, 5));
    }

    private static int number(Matcher head, int group) {
        return Integer.parseInt(head.group(group));
    }

    /** Everything it prints on a stream when it runs to its end. */
    public byte[] output(String run, String stream) {
        var text = new StringBuilder();
        boolean out = stream.equals("stdout");
        for (int i = 1; i <= lines; i++) {
            if (out || i % errorEvery == 0) {
                text.append(run).append(out ? " o " : " e ").append(i).append('\n');
            }
        }
        for (int i = 1; out && i <= bulk; i++) {
            text.append(run).append(" b ").append(i).append(' ').append(PADDING).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
