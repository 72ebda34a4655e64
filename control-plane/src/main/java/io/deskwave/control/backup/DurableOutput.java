package io.deskwave.control.backup;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;

/** Closed when it is on the disk, not before. */
final class DurableOutput extends BufferedOutputStream {
    private final FileChannel channel;

    DurableOutput(OutputStream out, FileChannel channel) {
        super(out);
        this.channel = channel;
    }

    @Override
    public void close() throws IOException {
        try (FileChannel closing = channel) {
            flush();
            closing.force(true);
        }
    }
}
