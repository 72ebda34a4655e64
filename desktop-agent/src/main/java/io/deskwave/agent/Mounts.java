package io.deskwave.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted where, as Linux tells it. Blocking. */
final class Mounts {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");
    private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

    private Mounts() {}

    /** @throws IOException when something is mounted in the folder, or when that cannot be known */
    static void checkNone(Path folder) throws IOException {
        if (!Platform.LINUX) {
            return;
        }
        List<String> inside =
                below(folder.toRealPath().toString(), Files.readString(TABLE, StandardCharsets.ISO_8859_1));
        if (!inside.isEmpty()) {
            throw new IOException("something is mounted at " + inside.get(0));
        }
    }

    /** The mount points at or below the folder. The table is bytes, one character each, with odd ones in octal. */
    static List<String> below(String folder, String table) {
        String bytes = new String(folder.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        var points = new ArrayList<String>();
        for (String line : table.split("\n", -1)) {
            String[] fields = line.split(" ", 6);
            if (fields.length == 6) {
                String point = OCTAL.matcher(fields[4])
                        .replaceAll(
                                m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 8))));
                if (point.equals(bytes) || point.startsWith(bytes + "/")) {
                    points.add(point);
                }
            }
        }
        return points;
    }
}
