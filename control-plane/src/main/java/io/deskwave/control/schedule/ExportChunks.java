package io.deskwave.control.schedule;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** Cuts what a file is written to into pieces of one size. Used by one thread at a time. */
final class ExportChunks extends OutputStream {
    static final int SIZE = 256 * 1024;

    private final ByteArrayOutputStream current = new ByteArrayOutputStream(SIZE);
    private List<Buffer> full = new ArrayList<>();

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int at = offset;
        while (at < offset + length) {
            int taken = Math.min(offset + length - at, SIZE - current.size());
            current.write(bytes, at, taken);
            at += taken;
            if (current.size() == SIZE) {
                cut();
            }
        }
    }

    private void cut() {
        full.add(Buffer.buffer(current.toByteArray()));
        current.reset();
    }

    /** The pieces that are full. */
    List<Buffer> take() {
        List<Buffer> taken = full;
        full = new ArrayList<>();
        return taken;
    }

    /** The last pieces. */
    List<Buffer> takeRest() {
        if (current.size() > 0) {
            cut();
        }
        return take();
    }
}
