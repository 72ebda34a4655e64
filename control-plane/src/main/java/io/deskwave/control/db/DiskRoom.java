package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the disk of the data folder has the room that PostgreSQL needs to go on; says so once each way. One thread. */
final class DiskRoom {
    private static final Logger LOG = LoggerFactory.getLogger(DiskRoom.class);

    /** One file of its write-ahead log. Without room for the next it stops. */
    private static final long NEEDED_BYTES = 16L << 20;

    private final Path data;
    private volatile boolean full;

    DiskRoom(Path data) {
        this.data = data;
    }

    void look() {
        try {
            boolean now = Files.getFileStore(data).getUsableSpace() < NEEDED_BYTES;
            if (now && !full) {
                LOG.error(
                        "the disk that holds {} is full: PostgreSQL cannot write and nothing new is stored until there is"
                                + " room again; then it goes on by itself",
                        data);
            } else if (full && !now) {
                LOG.info("the disk that holds {} has room again", data);
            }
            full = now;
        } catch (IOException e) {
            LOG.debug("the room on the disk of {} is not known: {}", data, e.toString());
        }
    }

    /** As of the last look. */
    boolean isFull() {
        return full;
    }
}
