package io.deskwave.control.db;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/** PostgreSQL's programs: packed in our jar, unpacked once into the data folder. A half unpacked copy is never used. */
final class PostgresBinaries {
    /** The same as {@code postgresql-binaries.version} in the root pom. */
    static final String VERSION = "18.6.0";

    static final String MAJOR = VERSION.substring(0, VERSION.indexOf('.'));

    private static final String COMPLETE = ".complete";

    private PostgresBinaries() {}

    /** The folder that holds {@code bin/postgres}; unpacks it when it is not there yet. */
    static Path unpackedInto(Path folder) throws IOException {
        Path home = folder.resolve("bin-" + VERSION);
        if (Files.exists(home.resolve(COMPLETE))) {
            return home;
        }
        deleteTree(home);
        deleteLeftovers(folder);
        Path unfinished = Files.createTempDirectory(
                folder,
                "unpacking-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        try (InputStream packed = archive()) {
            unpack(packed, unfinished);
        }
        Files.createFile(unfinished.resolve(COMPLETE));
        return Files.move(unfinished, home);
    }

    private static InputStream archive() {
        String name = "postgres-" + system() + "-" + architecture() + ".txz";
        InputStream archive = PostgresBinaries.class.getResourceAsStream("/" + name);
        if (archive == null) {
            throw new DatabaseFault("this build brings no PostgreSQL for " + System.getProperty("os.name") + " on "
                    + System.getProperty("os.arch") + ": name a PostgreSQL 14 or newer with --database-url");
        }
        return archive;
    }

    private static String system() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).replaceAll("[^a-z].*", "");
    }

    private static String architecture() {
        String architecture = System.getProperty("os.arch", "");
        return switch (architecture) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm_64";
            default -> architecture;
        };
    }

    private static void unpack(InputStream packed, Path into) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path target = into.resolve(entry.getName()).normalize();
                if (!target.startsWith(into)) {
                    throw new IOException("entry outside of the archive: " + entry.getName());
                }
                write(tar, entry, target);
            }
        }
    }

    private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Path parent = target.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, target);
        boolean executable = (entry.getMode() & 0100) != 0;
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }

    private static void deleteLeftovers(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                if (entry.getFileName().toString().startsWith("unpacking-")) {
                    deleteTree(entry);
                }
            }
        }
    }

    static void deleteTree(@Nullable Path root) throws IOException {
        if (root == null || Files.notExists(root)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path path : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
