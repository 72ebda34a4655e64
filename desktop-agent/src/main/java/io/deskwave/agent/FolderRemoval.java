package io.deskwave.agent;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Removes a folder and what is in it, and nothing else: not through links, not through Windows' junctions, and not at all
 * while something is mounted in it - what a script mounted is somebody's data. What cannot be removed does not keep the
 * rest. Holds one path at a time, however many files there are. Blocking.
 */
final class FolderRemoval extends SimpleFileVisitor<Path> {
    private @Nullable IOException firstFailure;

    private FolderRemoval() {}

    /** @throws IOException when something of it is still there */
    static void remove(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isSymbolicLink(folder)) {
            Mounts.checkNone(folder);
        }
        var removal = new FolderRemoval();
        var unused = Files.walkFileTree(folder, removal);
        if (removal.firstFailure != null) {
            throw removal.firstFailure;
        }
    }

    /** A junction is a folder to Java 17, and also something else. */
    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
        if (attributes.isOther()) {
            delete(folder);
            return FileVisitResult.SKIP_SUBTREE;
        }
        if (!Platform.WINDOWS && !(Files.isWritable(folder) && Files.isExecutable(folder))) {
            boolean unused = open(folder);
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        delete(file);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException cause) throws IOException {
        boolean closed = cause instanceof AccessDeniedException
                && !Platform.WINDOWS
                && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)
                && !Files.isReadable(file);
        if (closed && open(file) && Files.isReadable(file)) {
            var unused = Files.walkFileTree(file, this);
        } else {
            note(cause);
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException cause) {
        if (cause != null) {
            note(cause);
        }
        delete(folder);
        return FileVisitResult.CONTINUE;
    }

    /** Scripts may leave folders in which nothing may be removed. */
    private boolean open(Path folder) {
        try {
            var unused = Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            return true;
        } catch (IOException e) {
            note(e);
            return false;
        }
    }

    private void delete(Path path) {
        try {
            boolean unused = Files.deleteIfExists(path);
        } catch (IOException e) {
            note(e);
        }
    }

    /** That a folder is not empty only follows from what failed in it; what somebody else removed meanwhile is gone. */
    private void note(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return;
        }
        if (firstFailure == null || firstFailure instanceof DirectoryNotEmptyException) {
            firstFailure = failure;
        }
    }
}
