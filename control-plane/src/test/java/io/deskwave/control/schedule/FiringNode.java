package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.Executions;
import io.deskwave.control.execution.Limits;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

/** The part of a node that fires, as a process to be killed. Its clock is a file that holds milliseconds. */
final class FiringNode {
    static final String DATABASE = "FIRING_NODE_DATABASE";
    static final String CLOCK = "FIRING_NODE_CLOCK";

    private FiringNode() {}

    public static void main(String[] arguments) throws IOException {
        Vertx vertx = Vertx.vertx();
        Database database = Database.open(vertx, PgConnectOptions.fromUri(System.getenv(DATABASE)), 8);
        InstantSource clock = clock(Path.of(System.getenv(CLOCK)));
        var desktops = new DesktopStore();
        var pools = new PoolStore();
        var changes = new Changes(database, UUID.randomUUID());
        var executions = new Executions(changes, desktops, pools, new ScriptStore(), Limits.USUAL, clock);
        var power = new PowerJobs(database, new JobStore(), pools, clock);
        var triggers = new Triggers(database, clock, () -> Duration.ZERO);
        var ticker = new Ticker(vertx, database, executions, power, desktops, triggers, clock);
        changes.onRing(ticker.ring());
        changes.listen();
        vertx.runOnContext(started -> ticker.start());
    }

    private static InstantSource clock(Path file) throws IOException {
        var mapped = FileChannel.open(file, StandardOpenOption.READ).map(FileChannel.MapMode.READ_ONLY, 0, Long.BYTES);
        return () -> Instant.ofEpochMilli(mapped.getLong(0));
    }

    static void set(Path file, Instant now) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer millis = ByteBuffer.allocate(Long.BYTES).putLong(0, now.toEpochMilli());
            int written = channel.write(millis, 0);
            assert written == Long.BYTES;
        }
    }
}
