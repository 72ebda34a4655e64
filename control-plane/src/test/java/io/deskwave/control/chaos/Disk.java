package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A small disk of its own for one folder, which can be filled up. It is a tmpfs, and only made where this process lives in
 * a mount namespace of its own: so it goes with the run, whatever becomes of that.
 */
final class Disk {
    private static final int[] BLOCKS = {1 << 20, 1 << 12, 1};

    private final Path ballast;

    private Disk(Path folder) {
        this.ballast = folder.resolve("ballast");
    }

    /** The folder is made; what it held before is hidden. */
    static Disk mountedAt(Path folder, int megabytes) {
        try {
            Files.createDirectories(folder);
            run(List.of("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m,mode=0700", "chaos", folder.toString()));
            return new Disk(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> command) throws IOException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** To the last byte. */
    void fill() {
        for (int size : BLOCKS) {
            try (var file = FileChannel.open(
                    ballast, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
                while (file.write(ByteBuffer.allocate(size)) == size) {
                    // until there is no room
                }
            } catch (IOException full) {
                // as intended
            }
        }
    }

    void free() {
        try {
            Files.deleteIfExists(ballast);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
