package io.deskwave.control.chaos;

/** What the first bytes of a WebSocket frame say (RFC 6455, 5.2). */
final class FrameHead {
    private static final int FINAL = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0f;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;

    private FrameHead() {}

    /** Of the frame that begins at {@code at}, head included; 0 when {@code end} comes before that is known. */
    static long length(byte[] bytes, int at, int end) {
        if (end - at < 2) {
            return 0;
        }
        int mask = (bytes[at + 1] & MASKED) == 0 ? 0 : 4;
        int length = bytes[at + 1] & LENGTH;
        int more = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (end - at < 2 + more) {
            return 0;
        }
        long payload = more == 0 ? length : 0;
        for (int i = 0; i < more; i++) {
            payload = payload << 8 | (bytes[at + 2 + i] & 0xff);
        }
        return 2 + more + mask + payload;
    }

    /** A data frame that is a message by itself, and does not depend on the ones before it, as compressed ones may. */
    static boolean isWholeMessage(byte[] frame) {
        int opcode = frame[0] & OPCODE;
        return (frame[0] & FINAL) != 0 && (frame[0] & RESERVED) == 0 && (opcode == TEXT || opcode == BINARY);
    }
}
