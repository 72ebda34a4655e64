package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of the server, from its start to its end. Blocking. */
final class PostgresServer {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);

    /** To begin; a recovery takes as long as it takes, and is never broken off: it would begin again. */
    private static final Duration BEGIN_DEADLINE = Duration.ofSeconds(60);

    private static final Duration TELL_EVERY = Duration.ofSeconds(30);
    private static final Duration FAST_STOP_DEADLINE = Duration.ofSeconds(5);
    private static final Duration QUICK_STOP_DEADLINE = Duration.ofSeconds(2);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Process process;
    private final PostmasterFile postmaster;
    private final Path log;

    private PostgresServer(Process process, PostmasterFile postmaster, Path log) {
        this.process = process;
        this.postmaster = postmaster;
        this.log = log;
    }

    static PostgresServer launch(List<String> command, Path data, Path log) throws IOException {
        Process process = prepared(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new PostgresServer(process, new PostmasterFile(data), log);
    }

    static List<String> command(Path programs, Path data, int port) {
        return List.of(
                programs.resolve("bin/postgres").toString(),
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
                // A backup that hangs keeps the log, and must not fill the disk with it: it is given up.
                "--max_slot_wal_keep_size=8GB",
                "--max_connections=100",
                "--password_encryption=scram-sha-256",
                "--timezone=UTC",
                "--log_timezone=UTC",
                "--logging_collector=off",
                "--log_destination=stderr");
    }

    static ProcessBuilder prepared(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("DESKWAVE_"));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    long pid() {
        return process.pid();
    }

    /** Returns when it takes connections. */
    void awaitReady() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        long told = begun;
        while (!postmaster.saysReady(pid())) {
            if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new DatabaseFault("PostgreSQL ended while it started, with exit code " + process.exitValue()
                        + ": read the end of " + log);
            }
            long now = System.nanoTime();
            if (now - begun > BEGIN_DEADLINE.toNanos() && !postmaster.saysStarting(pid())) {
                throw new DatabaseFault("PostgreSQL did not take connections within " + BEGIN_DEADLINE.toSeconds()
                        + " s: read the end of " + log);
            }
            if (now - told > TELL_EVERY.toNanos()) {
                told = now;
                LOG.warn(
                        "PostgreSQL (process {}) recovers since {} s",
                        pid(),
                        TimeUnit.NANOSECONDS.toSeconds(now - begun));
            }
        }
    }

    boolean endsWithin(Duration time) throws InterruptedException {
        return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    int exitCode() {
        return process.exitValue();
    }

    /** Fast shutdown: open transactions are rolled back, what was committed is kept. Returns when the process is gone. */
    void end() throws IOException {
        try {
            if (!process.isAlive()) {
                return;
            }
            Signals.send("INT", pid());
            Signals.send("CONT", pid()); // one that was frozen would not hear of it
            if (endsWithin(FAST_STOP_DEADLINE)) {
                return;
            }
            Signals.send("QUIT", pid());
            if (endsWithin(QUICK_STOP_DEADLINE)) {
                return;
            }
            process.destroyForcibly();
        } catch (InterruptedException e) {
            throw Signals.interrupted(e);
        }
    }
}
