package io.deskwave.control.backup;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a backup from its first byte to its last and believes it only when every member is what the manifest says, no more
 * and no less. What a visitor got before that is not to be trusted.
 */
final class ArchiveReader {
    private static final long LONGEST_MANIFEST = 256 << 20;

    private final Path archive;

    ArchiveReader(Path archive) {
        this.archive = archive;
    }

    /** Takes the members one by one. */
    interface Visitor {
        void folder(String name) throws IOException;

        /** Where the content goes; closed afterwards. */
        OutputStream file(String name) throws IOException;
    }

    /** Keeps the master key, if there is one; all else is only looked through. */
    static final class Look implements Visitor {
        private static final int LONGEST_KEY = 1024;

        private final ByteArrayOutputStream key = new ByteArrayOutputStream();

        Optional<String> masterKey() {
            return key.size() == 0 ? Optional.empty() : Optional.of(key.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void folder(String name) {}

        @Override
        public OutputStream file(String name) {
            return name.equals(Members.MASTER_KEY)
                    ? new OutputStream() {
                        @Override
                        public void write(int octet) {
                            if (key.size() < LONGEST_KEY) {
                                key.write(octet);
                            }
                        }
                    }
                    : OutputStream.nullOutputStream();
        }
    }

    /** Fails with {@link BackupFault} when the file is no backup, or is damaged; the faults of the visitor pass through. */
    Manifest read(Visitor visitor) throws IOException {
        try (InputStream in = new BufferedInputStream(open(), 1 << 16)) {
            return read(in, visitor);
        }
    }

    private InputStream open() {
        try {
            return Files.newInputStream(archive);
        } catch (IOException e) {
            throw new BackupFault("the backup " + archive + " cannot be read: check its name and its mode");
        }
    }

    private Manifest read(InputStream in, Visitor visitor) throws IOException {
        Map<String, String> found = new TreeMap<>();
        Manifest manifest = null;
        try (InputStream unpacked = unpacked(in);
                TarArchiveInputStream tar = new TarArchiveInputStream(unpacked, "UTF-8")) {
            for (TarArchiveEntry entry = next(tar); entry != null; entry = next(tar)) {
                String name = checkedName(entry);
                if (manifest != null || found.containsKey(name) || found.containsKey(name + "/")) {
                    throw damaged("it holds more than its manifest says");
                }
                if (entry.isDirectory()) {
                    found.put(name + "/", Manifest.FOLDER);
                    visitor.folder(name);
                } else if (name.equals(Manifest.NAME)) {
                    manifest = manifest(tar, entry);
                } else {
                    found.put(name, copy(tar, entry, visitor.file(name)));
                }
            }
            drain(unpacked);
        }
        if (manifest == null) {
            throw damaged("it ends before its manifest");
        }
        compare(manifest.digests(), found);
        return manifest;
    }

    private InputStream unpacked(InputStream in) {
        try {
            return new GzipCompressorInputStream(in);
        } catch (IOException e) {
            throw new BackupFault(archive + " is no backup made by the backup command: name one with --from");
        }
    }

    private @Nullable TarArchiveEntry next(TarArchiveInputStream tar) {
        try {
            return tar.getNextEntry();
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(reason(e));
        }
    }

    /** A relative path that stays below: what is written from it lands nowhere else. */
    private String checkedName(TarArchiveEntry entry) {
        String name = entry.isDirectory() ? entry.getName().replaceAll("/+$", "") : entry.getName();
        boolean plain = entry.isDirectory() || (entry.isFile() && !entry.isSymbolicLink() && !entry.isLink());
        if (!plain || !Members.fits(name)) {
            throw damaged("it holds a member that no backup holds");
        }
        return name;
    }

    private Manifest manifest(TarArchiveInputStream tar, TarArchiveEntry entry) {
        if (entry.getSize() > LONGEST_MANIFEST) {
            throw damaged("its manifest is too long");
        }
        try {
            return Manifest.parse(tar.readNBytes((int) entry.getSize()));
        } catch (IOException e) {
            throw damaged(reason(e));
        }
    }

    /** The digest of what was copied. Reading faults are the archive's, writing faults the visitor's. */
    private String copy(TarArchiveInputStream tar, TarArchiveEntry entry, OutputStream target) throws IOException {
        var digest = Digests.sha256();
        byte[] buffer = new byte[1 << 16];
        try (OutputStream out = new DigestOutputStream(target, digest)) {
            long left = entry.getSize();
            while (left > 0) {
                int read = read(tar, buffer);
                out.write(buffer, 0, read);
                left -= read;
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private int read(InputStream tar, byte[] buffer) {
        try {
            int read = tar.read(buffer);
            if (read < 0) {
                throw new EOFException("it ends too early");
            }
            return read;
        } catch (IOException e) {
            throw damaged(reason(e));
        }
    }

    /** The checksum of the compression stands at the very end. */
    private void drain(InputStream unpacked) {
        try {
            long unused = unpacked.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw damaged(reason(e));
        }
    }

    private void compare(Map<String, String> expected, Map<String, String> found) {
        expected.forEach((name, digest) -> {
            String actual = found.get(name);
            if (actual == null) {
                throw damaged(name + " is missing");
            }
            if (!actual.equals(digest)) {
                throw damaged(name + " is not what was backed up");
            }
        });
        found.keySet().stream()
                .filter(name -> !expected.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw damaged(name + " was added");
                });
    }

    private static String reason(Exception e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
    }

    private BackupFault damaged(String how) {
        return new BackupFault(
                "the backup " + archive + " is damaged (" + how + "): take another copy of it, or an earlier backup");
    }
}
