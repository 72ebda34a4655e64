package io.deskwave.control.chaos;

import io.deskwave.control.db.ServerOnItsOwn;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL for several nodes, in a folder of its own, that is killed, frozen, stopped and started on purpose. Its port
 * and its password stay. Its processes are ended with this JVM, however that ends. Blocks.
 */
public final class SharedPostgres implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    /** The kernel ends the server with the thread that started it, so it is one that stays. */
    private final ExecutorService starter = Executors.newSingleThreadExecutor(task -> {
        var thread = new Thread(task, "shared-postgres");
        thread.setDaemon(true);
        return thread;
    });

    private final ServerOnItsOwn server;
    private final Path log;
    private @Nullable Process process;

    private SharedPostgres(ServerOnItsOwn server, Path log) {
        this.server = server;
        this.log = log;
    }

    /** Makes it in this folder and starts it. */
    public static SharedPostgres in(Path folder) {
        var postgres = new SharedPostgres(ServerOnItsOwn.in(folder), folder.resolve("log/shared.log"));
        postgres.start();
        return postgres;
    }

    /** As {@code --database-url} takes it; holds a password. */
    public String url() {
        PgConnectOptions connect = connectOptions();
        return "postgresql://" + connect.getUser() + ":" + connect.getPassword() + "@" + connect.getHost() + ":"
                + connect.getPort() + "/" + connect.getDatabase();
    }

    public PgConnectOptions connectOptions() {
        return server.connect();
    }

    /** Where its data is. */
    public Path data() {
        return server.data();
    }

    public synchronized boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** Returns when it takes connections; does nothing while it runs. */
    public synchronized void start() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isRunning()) {
            Process started = launch();
            process = started;
            while (started.isAlive() && !server.saysReady(started.pid())) {
                pause(deadline);
            }
            if (!started.isAlive()) {
                pause(deadline); // somebody of the server before is still there
            }
        }
    }

    /** As {@code kill -9} of the server's first process does: what was committed is in its log. */
    public synchronized void kill() {
        signal("KILL", true);
    }

    /** Fast shutdown: what is not committed is rolled back. */
    public synchronized void stop() {
        signal("INT", true);
    }

    /** Every process of it, those of its connections included. */
    public synchronized void freeze() {
        signalAll("STOP");
    }

    public synchronized void thaw() {
        signalAll("CONT");
    }

    @Override
    public synchronized void close() {
        if (isRunning()) {
            thaw();
            stop();
        }
        starter.shutdown();
    }

    private Process launch() {
        try {
            Files.deleteIfExists(server.data().resolve("postmaster.pid"));
            return starter.submit(() -> prepared().start()).get();
        } catch (IOException | ExecutionException e) {
            throw new IllegalStateException("PostgreSQL does not start", e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private ProcessBuilder prepared() {
        var builder = new ProcessBuilder(server.command())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("DESKWAVE_"));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    /** The first process is stopped first, so that none comes while the others are asked. */
    private void signalAll(String signal) {
        if (process == null || !process.isAlive()) {
            return;
        }
        signal(signal, false);
        try (Stream<ProcessHandle> children = process.descendants()) {
            List<String> pids =
                    children.map(child -> Long.toString(child.pid())).toList();
            if (!pids.isEmpty()) {
                Signals.send(signal, pids);
            }
        }
    }

    private void signal(String signal, boolean awaitEnd) {
        Process target = process;
        if (target == null || !target.isAlive()) {
            return;
        }
        List<ProcessHandle> children = target.descendants().toList();
        Signals.send(signal, List.of(Long.toString(target.pid())));
        if (awaitEnd) {
            try {
                if (!target.waitFor(20, TimeUnit.SECONDS)) {
                    target.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (children.stream().anyMatch(ProcessHandle::isAlive)) {
                pause(deadline);
            }
        }
    }

    private void pause(long deadline) {
        if (System.nanoTime() > deadline) {
            throw new IllegalStateException("PostgreSQL: not within " + PATIENCE.toSeconds() + " s; read " + log);
        }
        try {
            TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
