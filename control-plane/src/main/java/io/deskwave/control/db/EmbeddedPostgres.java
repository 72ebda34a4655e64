package io.deskwave.control.db;

import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of our own: a direct child process on a loopback port, with passwords and fsync on, its data in our data
 * folder. Everything here blocks but {@link #trouble}: call it from a worker.
 *
 * <p>One thread starts the server, waits for its end and starts it again unless {@link #stop} was called. It has to be the
 * same thread all along: the kernel ends the server when the thread that started it is gone, which is how nothing is left
 * behind by a {@code kill -9}. Should a server be left behind all the same, the next start finds it and ends it first.
 */
public final class EmbeddedPostgres {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String DATABASE = "postgres";
    private static final Duration CALM = Duration.ofSeconds(60);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LOOK_AFTER_IT = Duration.ofSeconds(2);

    private final PostgresFolder folder;
    private final String password;
    private final int port;
    private final List<String> command;
    private final DiskRoom room;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CompletableFuture<Void> firstStart = new CompletableFuture<>();
    private @Nullable PostgresServer server;
    private volatile boolean serves;

    private EmbeddedPostgres(PostgresFolder folder, String password, int port, List<String> command) {
        this.folder = folder;
        this.password = password;
        this.port = port;
        this.command = command;
        this.room = new DiskRoom(folder.data());
    }

    /** Starts the server that lives in {@code folder}; makes it on the first call. Returns when it takes connections. */
    public static EmbeddedPostgres start(Path folder) {
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return startIn(new PostgresFolder(folder.toRealPath()));
        } catch (IOException e) {
            throw new DatabaseFault("PostgreSQL cannot be started in " + folder + ": " + e
                    + ". Make the folder writable, or choose another one with --data-dir");
        }
    }

    private static EmbeddedPostgres startIn(PostgresFolder folder) throws IOException {
        Path programs = PostgresBinaries.unpackedInto(folder.folder());
        PostgresAccount account = PostgresAccount.forData(folder.folder(), folder.data());
        String password = folder.prepare(programs, account);
        int port = freePort();
        List<String> command = account.serverCommand(PostgresServer.command(programs, folder.data(), port));
        var postgres = new EmbeddedPostgres(folder, password, port, command);
        postgres.superviseUntilReady();
        return postgres;
    }

    /** How to connect to it, as its only user. */
    public PgConnectOptions connectOptions() {
        return connectOptions(port, password);
    }

    static PgConnectOptions connectOptions(int port, String password) {
        return new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(port)
                .setUser(PostgresFolder.USER)
                .setPassword(password)
                .setDatabase(DATABASE);
    }

    /** What keeps it from its work now, in a sentence for anybody: it names no folder. */
    public Optional<String> trouble() {
        if (room.isFull()) {
            return Optional.of("the disk of the embedded PostgreSQL is full: make room, and it goes on by itself");
        }
        return serves ? Optional.empty() : Optional.of("the embedded PostgreSQL is down and is being started again");
    }

    /** The server's process; for tests, which kill it. */
    synchronized long pid() {
        return server == null ? -1 : server.pid();
    }

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
            throw Signals.interrupted(e);
        }
    }

    /** Ends with {@link #stop} or a first start that failed, and never otherwise. */
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
                        "PostgreSQL ended by itself with exit code {}{}, see {}: starting it again in {} s",
                        exit,
                        becauseOfTheDisk(),
                        folder.log(),
                        pause.toSeconds());
            } catch (IOException | RuntimeException e) {
                if (firstStart.completeExceptionally(e) || stoppingWithin(Duration.ZERO)) {
                    return;
                }
                pause = longer(pause);
                LOG.error(
                        "PostgreSQL did not start{}: {}: trying again in {} s",
                        becauseOfTheDisk(),
                        e.toString(),
                        pause.toSeconds());
            }
        }
    }

    private String becauseOfTheDisk() {
        room.look();
        return room.isFull() ? " on a full disk" : "";
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.isZero() ? Duration.ofSeconds(1) : pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
    }

    /** From the start of the server to its end; answers its exit code. Never leaves one behind. */
    private int runOnce() throws IOException {
        PostgresServer running = launch();
        try {
            running.awaitReady();
            serves = true;
            tellReady(running);
            while (!running.endsWithin(LOOK_AFTER_IT)) {
                new ServerLog(folder.log()).rotate();
                room.look();
            }
            return running.exitCode();
        } catch (InterruptedException e) {
            throw Signals.interrupted(e);
        } finally {
            serves = false;
            running.end();
        }
    }

    private void tellReady(PostgresServer running) {
        if (firstStart.complete(null)) {
            LOG.info(
                    "PostgreSQL {} serves on 127.0.0.1:{} (process {})", PostgresBinaries.VERSION, port, running.pid());
        } else {
            LOG.info("PostgreSQL serves again (process {})", running.pid());
        }
    }

    private PostgresServer launch() throws IOException {
        new Leftovers(folder.data()).end();
        new ServerLog(folder.log()).rotate();
        synchronized (this) {
            if (stopping.getCount() == 0) {
                throw new IOException("PostgreSQL was told to stop");
            }
            server = PostgresServer.launch(command, folder.data(), folder.log());
            return server;
        }
    }

    /** Fast shutdown: open transactions are rolled back, what was committed is kept. Returns when the process is gone. */
    public void stop() {
        stopping.countDown();
        PostgresServer running;
        synchronized (this) {
            running = server;
        }
        if (running == null) {
            return;
        }
        try {
            running.end();
        } catch (IOException e) {
            LOG.warn("PostgreSQL (process {}) was not stopped: {}", running.pid(), e.toString());
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
}
