package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An agent, its home, and its own line to the control plane. */
final class Desk extends Kept {
    private static final Path FAKE_TIME = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");

    private final FaultyLink link;
    private final @Nullable Disk disk;
    private final @Nullable Path clock;

    private Desk(
            String name,
            List<String> command,
            Map<String, String> environment,
            Path log,
            Journal journal,
            FaultyLink link,
            @Nullable Disk disk,
            @Nullable Path clock) {
        super(name, command, environment, log, journal);
        this.link = link;
        this.disk = disk;
        this.clock = clock;
    }

    /** @param ownClock whether its clock can be moved */
    static Desk of(
            String name,
            Site.Jars jars,
            Path folder,
            String enrollmentToken,
            FaultyLink link,
            @Nullable Disk disk,
            boolean ownClock,
            Journal journal) {
        List<String> command = List.of(
                Site.JAVA,
                "@" + jars.agentOptions(),
                "-jar",
                jars.agent().toString(),
                "run",
                "--home",
                folder.resolve(name).toString(),
                "--name",
                name,
                "--power",
                "simulate",
                "--simulate-power-seconds",
                "1",
                "--endpoint",
                "http://127.0.0.1:" + link.port());
        Path clock = ownClock ? folder.resolve(name + ".clock") : null;
        var environment = new HashMap<>(Map.of(
                "DESKWAVE_ENROLLMENT_TOKEN", enrollmentToken, "CHAOS_DESK", name, Leftovers.MARK, folder.toString()));
        if (clock != null) {
            set(clock, 0);
            environment.putAll(Map.of(
                    "LD_PRELOAD",
                    FAKE_TIME.toString(),
                    "FAKETIME_TIMESTAMP_FILE",
                    clock.toString(),
                    "FAKETIME_CACHE_DURATION",
                    "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC",
                    "1",
                    "DONT_FAKE_MONOTONIC",
                    "1",
                    // Else each wait of the JVM ends at once after a step, and the agent spins.
                    "FAKETIME_FORCE_MONOTONIC_FIX",
                    "0",
                    "NO_FAKE_STAT",
                    "1"));
        }
        return new Desk(name, command, environment, folder.resolve(name + ".log"), journal, link, disk, clock);
    }

    static boolean canMoveClocks() {
        return Files.isReadable(FAKE_TIME);
    }

    FaultyLink link() {
        return link;
    }

    @Nullable
    Disk disk() {
        return disk;
    }

    boolean hasOwnClock() {
        return clock != null;
    }

    void moveClock(int seconds) {
        if (clock != null) {
            set(clock, seconds);
        }
    }

    private static void set(Path clock, int seconds) {
        try {
            Files.writeString(clock, (seconds < 0 ? "" : "+") + seconds + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
