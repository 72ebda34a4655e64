package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the embedded PostgreSQL lives: {@code data}, {@code log}, {@code password} and its programs. Made on the first start;
 * one that was interrupted begins anew. Blocking.
 */
record PostgresFolder(Path folder) {
    static final String USER = "deskwave";
    private static final Duration INITDB_DEADLINE = Duration.ofMinutes(2);

    Path data() {
        return folder.resolve("data");
    }

    Path log() {
        return folder.resolve("log").resolve("postgresql.log");
    }

    /** Its data is there when this returns, and belongs to the account; answers the password. */
    String prepare(Path programs, PostgresAccount account) throws IOException {
        var unused = Files.createDirectories(folder.resolve("log"));
        String password = password(Files.exists(data()));
        if (Files.exists(data())) {
            requireSameMajor();
        } else {
            initialize(programs, account);
        }
        account.own(data());
        return password;
    }

    private String password(boolean dataExists) throws IOException {
        Path file = folder.resolve("password");
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        if (dataExists) {
            throw new DatabaseFault("the password of the embedded PostgreSQL is gone: restore " + file
                    + " from a backup, or give its data to a PostgreSQL of your own and use --database-url");
        }
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Path unfinished = folder.resolve("password.new");
        Files.deleteIfExists(unfinished);
        Files.createFile(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(unfinished, password + "\n");
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        return password;
    }

    private void initialize(Path programs, PostgresAccount account) throws IOException {
        deleteUnfinished();
        Path unfinished = Files.createTempDirectory(folder, "initdb-");
        account.own(unfinished);
        Path output = folder.resolve("log").resolve("initdb.log");
        List<String> initdb = account.command(List.of(
                programs.resolve("bin/initdb").toString(),
                "--pgdata=" + unfinished,
                "--username=" + USER,
                "--auth=scram-sha-256",
                "--pwfile=" + folder.resolve("password"),
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions"));
        int exit = Signals.waitFor(
                PostgresServer.prepared(initdb).redirectOutput(output.toFile()).start(), INITDB_DEADLINE);
        if (exit != 0) {
            throw new DatabaseFault("PostgreSQL's initdb failed with exit code " + exit + ": read " + output
                    + ", or name a PostgreSQL 14 or newer with --database-url");
        }
        Files.move(unfinished, data(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void deleteUnfinished() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                if (entry.getFileName().toString().startsWith("initdb-")) {
                    PostgresBinaries.deleteTree(entry);
                }
            }
        }
    }

    private void requireSameMajor() throws IOException {
        String version = Files.readString(data().resolve("PG_VERSION")).strip();
        if (!version.equals(PostgresBinaries.MAJOR)) {
            throw new DatabaseFault("the data in " + data() + " was written by PostgreSQL " + version
                    + " and this build brings PostgreSQL " + PostgresBinaries.MAJOR
                    + ": dump it with the earlier build and restore it with this one");
        }
    }
}
