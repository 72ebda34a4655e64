package io.deskwave.control.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * A file of mode 0600 beside the one that it is to become, under a name that nobody else has. Gone when it is closed, whatever
 * happened. Blocks.
 *
 * @param path where its content goes; on the disk before {@link #publish}
 */
record UnfinishedFile(Path path) implements AutoCloseable {
    static UnfinishedFile beside(Path target) throws IOException {
        Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent());
        Path path = Files.createTempFile(
                folder,
                target.getFileName() + ".",
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        path.toFile().deleteOnExit(); // a signal ends the program without a close
        return new UnfinishedFile(path);
    }

    /** Fails with {@link FileAlreadyExistsException} when there is one of that name: nothing is overwritten. */
    void publish(Path target) throws IOException {
        try {
            Files.createLink(target, path);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException noLinks) {
            Files.move(path, target);
        }
        try (FileChannel folder = FileChannel.open(path.getParent())) {
            folder.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
    }
}
