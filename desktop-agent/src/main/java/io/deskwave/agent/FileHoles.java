package io.deskwave.agent;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives parts of a file back to the disk without moving the rest: Linux's fallocate. Blocking. */
final class FileHoles {
    private static final Logger LOG = LoggerFactory.getLogger(FileHoles.class);
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int KEEP_SIZE_AND_PUNCH_HOLE = 0x01 | 0x02;

    /** The functions of the C library, as JNA maps them. */
    interface CLibrary extends Library {
        int open(String path, int flags);

        int fallocate64(int fd, int mode, long offset, long length);

        int close(int fd);
    }

    private FileHoles() {}

    /** False where the platform or the file system cannot. */
    static boolean punch(Path file, long offset, long length) {
        if (!Platform.LINUX) {
            return false;
        }
        try {
            CLibrary c = Native.load("c", CLibrary.class);
            int fd = c.open(file.toString(), O_RDWR | O_CLOEXEC);
            if (fd < 0) {
                return false;
            }
            try {
                return c.fallocate64(fd, KEEP_SIZE_AND_PUNCH_HOLE, offset, length) == 0;
            } finally {
                int unused = c.close(fd);
            }
        } catch (LinkageError e) {
            LOG.warn("cannot give back parts of files here: {}", e.toString());
            return false;
        }
    }
}
