package io.deskwave.control.http;

/** How what was sent is quoted in a message: short, and without control characters. Pure. */
public final class Wording {
    private static final int QUOTED = 64;

    private Wording() {}

    public static String shortened(String text) {
        String plain = text.codePoints()
                .limit(QUOTED)
                .map(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return text.codePointCount(0, text.length()) > QUOTED ? plain + "..." : plain;
    }

    static String atMost(String text, int characters) {
        return text.length() <= characters ? text : text.substring(0, characters - 3) + "...";
    }
}
