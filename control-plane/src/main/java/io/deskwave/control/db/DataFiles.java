package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of PostgreSQL's data folder that belong into a base backup, as its documentation lists them: without what a
 * server that starts makes anew, and with the folders of that, empty. Paths are relative to the data folder.
 *
 * @param files the last one is the control file
 */
public record DataFiles(List<Path> folders, List<Path> files) {
    private static final Set<String> EMPTIED = Set.of(
            "pg_wal",
            "pg_replslot",
            "pg_dynshmem",
            "pg_notify",
            "pg_serial",
            "pg_snapshots",
            "pg_stat_tmp",
            "pg_subtrans");

    /** What the server demands there, though it is emptied. */
    private static final List<Path> IN_EMPTIED =
            List.of(Path.of("pg_wal", "archive_status"), Path.of("pg_wal", "summaries"));

    private static final Set<String> LEFT_OUT = Set.of(
            "postmaster.pid",
            "postmaster.opts",
            "postgresql.auto.conf.tmp",
            "backup_label",
            "tablespace_map",
            "backup_manifest",
            "current_logfiles.tmp",
            "pg_internal.init");

    private static final Path CONTROL = Path.of("global", "pg_control");

    public DataFiles {
        folders = List.copyOf(folders);
        files = List.copyOf(files);
    }

    /** What is there now. What comes later is in the write-ahead log; what has gone meanwhile is passed over. */
    public static DataFiles list(Path data) throws IOException {
        List<Path> folders = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        walk(data, data, folders, files);
        folders.addAll(IN_EMPTIED);
        if (!files.remove(CONTROL)) {
            throw new NoSuchFileException(data.resolve(CONTROL).toString());
        }
        files.add(CONTROL);
        return new DataFiles(folders, files);
    }

    private static void walk(Path data, Path folder, List<Path> folders, List<Path> files) throws IOException {
        List<Path> entries;
        try (Stream<Path> listed = Files.list(folder)) {
            entries = listed.sorted().toList();
        } catch (NoSuchFileException gone) {
            return;
        }
        for (Path entry : entries) {
            Path relative = data.relativize(entry);
            String name = String.valueOf(entry.getFileName());
            if (isLeftOut(name)) {
                continue;
            }
            if (EMPTIED.contains(relative.toString())) {
                folders.add(relative);
            } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                folders.add(relative);
                walk(data, entry, folders, files);
            } else if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                files.add(relative);
            }
        }
    }

    /** Temporary files and temporary tables besides. */
    private static boolean isLeftOut(String name) {
        return LEFT_OUT.contains(name)
                || name.startsWith("pgsql_tmp")
                || name.startsWith("pg_internal.init.")
                || name.matches("t\\d+_\\d+(_\\w+)?(\\.\\d+)?");
    }
}
