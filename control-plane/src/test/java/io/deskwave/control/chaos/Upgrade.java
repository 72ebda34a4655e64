package io.deskwave.control.chaos;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Finds where a connection becomes a WebSocket: behind the head of the server's first answer, when that is a 101. The other
 * side sends no frame before it has seen that head, so whoever marks the upgrade before forwarding it is in time. What is
 * not HTTP is never held up.
 */
final class Upgrade {
    private static final String SWITCHING = "HTTP/1.1 101";
    private static final String HEAD_END = "\r\n\r\n";

    private enum State {
        LOOKING,
        NEVER,
        DONE
    }

    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private volatile State state = State.LOOKING;

    boolean isDone() {
        return state == State.DONE;
    }

    /** Of what the server sent next, the bytes that come before frames; the rest are frames. Called by one thread. */
    int plainBytes(byte[] bytes, int count) {
        if (state != State.LOOKING) {
            return state == State.DONE ? 0 : count;
        }
        int before = head.size();
        head.write(bytes, 0, count);
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int compared = Math.min(text.length(), SWITCHING.length());
        if (!text.startsWith(SWITCHING.substring(0, compared))) {
            state = State.NEVER;
            head.reset();
            return count;
        }
        int end = text.indexOf(HEAD_END);
        if (end < 0) {
            return count;
        }
        state = State.DONE;
        head.reset();
        return end + HEAD_END.length() - before;
    }
}
