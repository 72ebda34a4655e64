package io.deskwave.control.iam;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Makes up ids and secrets. Safe for all threads. */
final class RandomTexts {
    private static final int ID_BYTES = 16;
    private static final String LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    private static final String KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private final SecureRandom random = new SecureRandom();

    String id() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    String password() {
        return text(LETTERS, 24);
    }

    String accessKey() {
        return "DW" + text(KEY_LETTERS, 18);
    }

    String secretKey() {
        return text(LETTERS, 40);
    }

    private String text(String letters, int length) {
        return random.ints(length, 0, letters.length())
                .map(letters::charAt)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
