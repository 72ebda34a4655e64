package io.deskwave.control.schedule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;

/** Names of files that every system takes, and how a response says them. Pure. */
final class ExportFileName {
    private static final DateTimeFormatter AT = DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss");
    private static final int LONGEST = 80;
    private static final String PLAIN = "!#$&+-.^_`|~";

    private ExportFileName() {}

    /** {@code Nightly restart-records-20261121-120000.xlsx}, in the zone of the file. */
    static String of(String taskName, ExportSpec spec, Instant now) {
        String safe = taskName.replaceAll("[\\\\/:*?\"<>|%\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}]", "_")
                .strip()
                .replaceAll("^\\.+", "_");
        String shortened = safe.codePoints()
                .limit(LONGEST)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return shortened + "-records-" + AT.format(now.atZone(spec.zone()))
                + spec.format().extension();
    }

    /** What a {@code Content-Disposition} says: in ASCII for those who know no better, and in full (RFC 6266). */
    static String disposition(String fileName) {
        String ascii = fileName.replaceAll("[^ -~]", "_").replaceAll("[\"\\\\]", "_");
        StringBuilder encoded = new StringBuilder();
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(fileName);
        while (bytes.hasRemaining()) {
            int b = bytes.get() & 0xFF;
            if (b < 0x80 && (Character.isLetterOrDigit(b) || PLAIN.indexOf(b) >= 0)) {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(String.format("%02X", b));
            }
        }
        return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded;
    }
}
