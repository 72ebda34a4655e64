package io.deskwave.control.db;

import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of our own: a direct child process on a loopback port, with passwords and fsync on, its data in our data
 * folder. Everything here blocks: call it from a worker.
 *
 * <p>One thread starts the server, waits for its end and starts it again unless {@link #stop} was called. It has to be the
 * same thread all along: the kernel ends the server when the thread that started it is gone, which is how nothing is left
 * behind by a {@code kill -9}. Should a server be left behind all the same, the next start finds it and ends it first.
 */
public final class EmbeddedPostgres {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String USER = "deskwave";
    private static final String DATABASE = "postgres";
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);
    private static final Duration FAST_STOP_DEADLINE = Duration.ofSeconds(5);
    private static final Duration QUICK_STOP_DEADLINE = Duration.ofSeconds(2);
    private static final Duration CALM = Duration.ofSeconds(60);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    private static final long LOG_BYTES = 8 << 20;

    private final Path log;
    private final String password;
    private final int port;
    private final List<String> command;
    private final PostmasterFile postmaster;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CompletableFuture<Void> firstStart = new CompletableFuture<>();
    private @Nullable Process process;

    private EmbeddedPostgres(Path data, Path log, String password, int port, List<String> command) {
        this.log = log;
        this.password = password;
        this.port = port;
        this.command = command;
        this.postmaster = new PostmasterFile(data);
    }

    /** Starts the server that lives in {@code folder}; makes it on the first call. Returns when it takes connections. */
    public static EmbeddedPostgres start(Path folder) {
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return startIn(folder.toRealPath());
        } catch (IOException e) {
            throw new DatabaseFault("PostgreSQL cannot be started in " + folder + ": " + e
                    + ". Make the folder writable, or choose another one with --data-dir");
        }
    }

    private static EmbeddedPostgres startIn(Path folder) throws IOException {
        Path data = folder.resolve("data");
        Path log = Files.createDirectories(folder.resolve("log")).resolve("postgresql.log");
        Path home = PostgresBinaries.unpackedInto(folder);
        PostgresAccount account = PostgresAccount.forData(folder, data);
        String password = password(folder, Files.exists(data));
        if (Files.exists(data)) {
            requireSameMajor(data);
        } else {
            initialize(folder, data, home, account);
        }
        account.own(data);
        endOrphan(new PostmasterFile(data), data);
        int port = freePort();
        EmbeddedPostgres postgres =
                new EmbeddedPostgres(data, log, password, port, account.serverCommand(serverProgram(home, data, port)));
        postgres.superviseUntilReady();
        return postgres;
    }

    private static List<String> serverProgram(Path home, Path data, int port) {
        return List.of(
                home.resolve("bin/postgres").toString(),
                "-D",
                data.toString(),
                "--port=" + port,
                "--listen_addresses=127.0.0.1",
                "--unix_socket_directories=",
                "--fsync=on",
                "--full_page_writes=on",
                "--synchronous_commit=on",
                "--shared_buffers=64MB",
                // The queue of records turns over many times a minute: its dead rows must go before they are many.
                "--autovacuum_naptime=10s",
                // A full page is written anew after each checkpoint: the fewer the better.
                "--max_wal_size=2GB",
                "--checkpoint_timeout=15min",
                "--max_connections=100",
                "--password_encryption=scram-sha-256",
                "--timezone=UTC",
                "--log_timezone=UTC",
                "--logging_collector=off",
                "--log_destination=stderr");
    }

    /** How to connect to it, as its only user. */
    public PgConnectOptions connectOptions() {
        return connectOptions(port, password);
    }

    static PgConnectOptions connectOptions(int port, String password) {
        return new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(port)
                .setUser(USER)
                .setPassword(password)
                .setDatabase(DATABASE);
    }

    /** The server's process; for tests, which kill it. */
    synchronized long pid() {
        return process == null ? -1 : process.pid();
    }

    // ---- first start ----

    private static String password(Path folder, boolean dataExists) throws IOException {
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

    private static void initialize(Path folder, Path data, Path home, PostgresAccount account) throws IOException {
        deleteUnfinished(folder);
        Path unfinished = Files.createTempDirectory(folder, "initdb-");
        account.own(unfinished);
        Path output = folder.resolve("log").resolve("initdb.log");
        List<String> initdb = account.command(List.of(
                home.resolve("bin/initdb").toString(),
                "--pgdata=" + unfinished,
                "--username=" + USER,
                "--auth=scram-sha-256",
                "--pwfile=" + folder.resolve("password"),
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions"));
        int exit = waitFor(prepared(initdb).redirectOutput(output.toFile()).start(), Duration.ofMinutes(2));
        if (exit != 0) {
            throw new DatabaseFault("PostgreSQL's initdb failed with exit code " + exit + ": read " + output
                    + ", or name a PostgreSQL 14 or newer with --database-url");
        }
        Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void deleteUnfinished(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                if (entry.getFileName().toString().startsWith("initdb-")) {
                    PostgresBinaries.deleteTree(entry);
                }
            }
        }
    }

    private static void requireSameMajor(Path data) throws IOException {
        String version = Files.readString(data.resolve("PG_VERSION")).strip();
        if (!version.equals(PostgresBinaries.MAJOR)) {
            throw new DatabaseFault("the data in " + data + " was written by PostgreSQL " + version
                    + " and this build brings PostgreSQL " + PostgresBinaries.MAJOR
                    + ": dump it with the earlier build and restore it with this one");
        }
    }

    // ---- the server left behind ----

    private static void endOrphan(PostmasterFile postmaster, Path data) throws IOException {
        OptionalLong orphan = postmaster.server();
        if (orphan.isPresent()) {
            long pid = orphan.getAsLong();
            LOG.warn("an earlier control plane left its PostgreSQL behind (process {}): stopping it", pid);
            signal("INT", pid);
            if (!ended(postmaster, FAST_STOP_DEADLINE.multipliedBy(2))) {
                signal("QUIT", pid);
                if (!ended(postmaster, FAST_STOP_DEADLINE)) {
                    throw new DatabaseFault("the PostgreSQL process " + pid + " in " + data
                            + " was left behind and does not stop: end it by hand");
                }
            }
        }
        postmaster.deleteStale();
    }

    /** Asks the file and not the process table alone: where nobody reaps orphans, an ended one stays as a zombie. */
    private static boolean ended(PostmasterFile postmaster, Duration deadline) throws IOException {
        long end = System.nanoTime() + deadline.toNanos();
        while (postmaster.server().isPresent()) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }

    // ---- supervision ----

    private void superviseUntilReady() throws IOException {
        Thread supervisor = new Thread(this::supervise, "postgres-supervisor");
        supervisor.setDaemon(true);
        supervisor.start();
        try {
            firstStart.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DatabaseFault fault) {
                throw fault;
            }
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            stop();
            throw interrupted(e);
        }
    }

    private void supervise() {
        Duration pause = Duration.ZERO;
        while (!stoppingWithin(pause)) {
            long startedAt = System.nanoTime();
            try {
                int exit = runOnce();
                if (stoppingWithin(Duration.ZERO)) {
                    return;
                }
                boolean wasCalm = System.nanoTime() - startedAt > CALM.toNanos();
                pause = wasCalm ? Duration.ZERO : longer(pause);
                LOG.error(
                        "PostgreSQL ended by itself with exit code {}, see {}: starting it again in {} s",
                        exit,
                        log,
                        pause.toSeconds());
            } catch (IOException | DatabaseFault e) {
                if (firstStart.completeExceptionally(e)) {
                    return;
                }
                pause = longer(pause);
                LOG.error("PostgreSQL did not start: {}: trying again in {} s", e.toString(), pause.toSeconds());
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.isZero() ? Duration.ofSeconds(1) : pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
    }

    /** From the start of the server to its end; answers its exit code. */
    private int runOnce() throws IOException {
        Process server = launch();
        try {
            awaitReady(server);
            if (firstStart.complete(null)) {
                LOG.info(
                        "PostgreSQL {} serves on 127.0.0.1:{} (process {})",
                        PostgresBinaries.VERSION,
                        port,
                        server.pid());
            } else {
                LOG.info("PostgreSQL serves again (process {})", server.pid());
            }
            while (!server.waitFor(20, TimeUnit.SECONDS)) {
                rotateLog();
            }
            return server.exitValue();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private synchronized Process launch() throws IOException {
        if (stopping.getCount() == 0) {
            throw new IOException("PostgreSQL was told to stop");
        }
        postmaster.deleteStale();
        rotateLog();
        Process server = prepared(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        process = server;
        return server;
    }

    private static ProcessBuilder prepared(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("DESKWAVE_"));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    private void awaitReady(Process server) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_DEADLINE.toNanos();
        while (!postmaster.saysReady(server.pid())) {
            if (server.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new DatabaseFault("PostgreSQL ended while it started, with exit code " + server.exitValue()
                        + ": read the end of " + log);
            }
            if (System.nanoTime() > deadline) {
                end(server);
                throw new DatabaseFault("PostgreSQL did not take connections within " + START_DEADLINE.toSeconds()
                        + " s: read the end of " + log);
            }
        }
    }

    /** The server appends, so the file can be emptied under its hands. */
    private void rotateLog() throws IOException {
        if (Files.exists(log) && Files.size(log) > LOG_BYTES) {
            Files.copy(log, log.resolveSibling("postgresql.log.1"), StandardCopyOption.REPLACE_EXISTING);
            Files.newByteChannel(log, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                    .close();
        }
    }

    // ---- the end ----

    /** Fast shutdown: open transactions are rolled back, what was committed is kept. Returns when the process is gone. */
    public void stop() {
        stopping.countDown();
        Process server;
        synchronized (this) {
            server = process;
        }
        if (server == null) {
            return;
        }
        try {
            end(server);
        } catch (IOException e) {
            LOG.warn("PostgreSQL (process {}) was not stopped: {}", server.pid(), e.toString());
        }
    }

    private static void end(Process server) throws IOException {
        try {
            if (!server.isAlive()) {
                return;
            }
            signal("INT", server.pid());
            if (server.waitFor(FAST_STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            signal("QUIT", server.pid());
            if (server.waitFor(QUICK_STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            server.destroyForcibly();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static void signal(String name, long pid) throws IOException {
        int exit = waitFor(
                new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start(),
                Duration.ofSeconds(5));
        if (exit != 0) {
            LOG.debug("process {} took no SIG{}: it is gone, or not ours", pid, name);
        }
    }

    private static int waitFor(Process process, Duration deadline) throws IOException {
        try {
            if (process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            return -1;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw interrupted(e);
        }
    }

    private boolean stoppingWithin(Duration pause) {
        try {
            return stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.getLocalPort();
        }
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted", e);
    }
}
