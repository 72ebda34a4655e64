package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the server writes to its standard error, at most twice a size: the current file and the one before. Blocking. */
record ServerLog(Path file) {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLog.class);
    private static final long MOST_BYTES = 8 << 20;

    /** The server appends, so the file can be emptied under its hands; where the disk is full, without a copy. */
    void rotate() {
        try {
            if (Files.exists(file) && Files.size(file) > MOST_BYTES) {
                keepCopy();
                Files.newByteChannel(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                        .close();
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be emptied: {}", file, e.toString());
        }
    }

    private void keepCopy() throws IOException {
        Path copy = file.resolveSibling("postgresql.log.1");
        try {
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{} cannot be kept: {}", file, e.toString());
            Files.deleteIfExists(copy);
        }
    }
}
