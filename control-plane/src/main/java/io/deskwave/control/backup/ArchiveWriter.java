package io.deskwave.control.backup;

import io.deskwave.control.iam.MasterKey;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

/**
 * Writes a backup: a tar.gz whose last member says what the others must be. Without it the archive is no backup. The stream
 * that it is written to stays open.
 */
final class ArchiveWriter implements AutoCloseable {
    private static final int FILE_MODE = 0100600;
    private static final int FOLDER_MODE = 040700;

    private final TarArchiveOutputStream tar;
    private final byte[] buffer = new byte[1 << 17];
    private final Map<String, String> digests = new TreeMap<>();
    private long bytes;

    ArchiveWriter(OutputStream out) throws IOException {
        GzipParameters fast = new GzipParameters();
        fast.setCompressionLevel(Deflater.BEST_SPEED);
        OutputStream staysOpen = new BufferedOutputStream(out, 1 << 16) {
            @Override
            public void close() throws IOException {
                flush();
            }
        };
        tar = new TarArchiveOutputStream(new GzipCompressorOutputStream(staysOpen, fast), "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    /** So many bytes of files so far, as they are on the disk. */
    long bytes() {
        return bytes;
    }

    void folder(String name) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(checked(name) + "/");
        entry.setMode(FOLDER_MODE);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
        digests.put(name + "/", Manifest.FOLDER);
    }

    /**
     * A file of a database that is in use: it may grow meanwhile (what came after is left out), shrink (zeros stand for what
     * went) or be gone (it is left out): the write-ahead log that goes with it puts that right.
     */
    void fileIfThere(String name, Path source) throws IOException {
        try {
            file(name, source);
        } catch (NoSuchFileException gone) {
            digests.remove(name);
        }
    }

    void file(String name, Path source) throws IOException {
        try (FileChannel channel = FileChannel.open(source);
                InputStream in = Channels.newInputStream(channel)) {
            member(name, channel.size(), in);
        }
    }

    void text(String name, byte[] content) throws IOException {
        try (InputStream in = new ByteArrayInputStream(content)) {
            member(name, content.length, in);
        }
    }

    private static String checked(String name) {
        if (!Members.fits(name)) {
            throw new IllegalArgumentException("no reader would take a member of the name " + name);
        }
        return name;
    }

    private void member(String name, long size, InputStream in) throws IOException {
        MessageDigest digest = Digests.sha256();
        TarArchiveEntry entry = new TarArchiveEntry(checked(name));
        entry.setMode(FILE_MODE);
        entry.setSize(size);
        tar.putArchiveEntry(entry);
        long left = size;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                Arrays.fill(buffer, (byte) 0);
                read = (int) Math.min(buffer.length, left);
            }
            tar.write(buffer, 0, read);
            digest.update(buffer, 0, read);
            left -= read;
        }
        tar.closeArchiveEntry();
        bytes += size;
        digests.put(name, HexFormat.of().formatHex(digest.digest()));
    }

    /** Afterwards everything has gone to where it is written. */
    void finish(Instant takenAt, String postgresMajor, MasterKey key) throws IOException {
        text(
                Manifest.NAME,
                Manifest.sealed(takenAt, postgresMajor, key, digests).toBytes());
        tar.close();
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
