package io.deskwave.control.execution;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns the bytes of one stream into text, chunk by chunk: UTF-8 as long as it is UTF-8, from the first byte that is not in
 * the console's charset. A character split between two chunks waits for its second half. Pure; one for each stream.
 */
public final class OutputText {
    private final Charset console;
    private CharsetDecoder decoder = strict(StandardCharsets.UTF_8);
    private boolean fellBack;
    private byte[] pending = {};
    private long pendingAt;

    /** @param consoleCharset an IANA name; an unknown one counts as UTF-8 */
    public OutputText(String consoleCharset) {
        this.console = charset(consoleCharset);
    }

    /** Text, and where in the stream its first byte stands. */
    public record Piece(long offset, String text) {}

    /** The text of a chunk and of what waited before it; empty when the chunk holds no whole character. */
    public Piece next(long offset, byte[] chunk) {
        if (pending.length == 0) {
            pendingAt = offset;
        }
        long at = pendingAt;
        var in = ByteBuffer.allocate(pending.length + chunk.length)
                .put(pending)
                .put(chunk)
                .flip();
        var text = new StringBuilder(in.remaining());
        decode(in, text, false);
        pending = new byte[in.remaining()];
        in.get(pending);
        pendingAt = offset + chunk.length - pending.length;
        return new Piece(at, text.toString());
    }

    /** What waited for bytes that will not come: at the end of the stream, or before a cut. */
    public Piece rest() {
        long at = pendingAt;
        var text = new StringBuilder();
        decode(ByteBuffer.wrap(pending), text, true);
        pending = new byte[0];
        return new Piece(at, text.toString());
    }

    private void decode(ByteBuffer in, StringBuilder text, boolean end) {
        var out = CharBuffer.allocate(Math.max(16, in.remaining() * 2));
        decoder.reset();
        while (true) {
            CoderResult result = decoder.decode(in, out, end);
            text.append(out.flip());
            out.clear();
            if (result.isUnderflow()) {
                return;
            }
            if (result.isError()) {
                boolean truncated = end && in.remaining() <= result.length();
                onError(in, text, result.length(), truncated);
            }
        }
    }

    private void onError(ByteBuffer in, StringBuilder text, int length, boolean truncated) {
        if (!fellBack && !truncated && !console.equals(StandardCharsets.UTF_8)) {
            fellBack = true;
            decoder = strict(console);
            return;
        }
        in.position(in.position() + length);
        text.append('\uFFFD');
        decoder.reset();
    }

    private static CharsetDecoder strict(Charset charset) {
        return charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    private static Charset charset(String name) {
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8; // an agent may name a page this JVM does not know
        }
    }
}
