package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what an earlier server left behind in a data folder, before the next one starts: a whole server, when its owner was
 * killed, or the processes of one that was killed itself. Those find out only when they next wait for something, and until
 * then go on writing; a server that recovers the same files beside them would spoil the data. PostgreSQL's own protection is
 * its pid file, so that this file may go only when nobody is left. Blocking.
 */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Duration FAST_STOP_DEADLINE = Duration.ofSeconds(10);
    private static final Duration QUICK_STOP_DEADLINE = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Path data;
    private final PostmasterFile postmaster;

    Leftovers(Path data) {
        this.data = data;
        this.postmaster = new PostmasterFile(data);
    }

    /** Nobody works in the data folder when this returns. */
    void end() throws IOException {
        endServer();
        endProcesses();
        postmaster.deleteStale();
    }

    private void endServer() throws IOException {
        OptionalLong orphan = postmaster.server();
        if (orphan.isEmpty()) {
            return;
        }
        long pid = orphan.getAsLong();
        LOG.warn("an earlier control plane left its PostgreSQL behind (process {}): stopping it", pid);
        Signals.send("INT", pid);
        Signals.send("CONT", pid); // one that was frozen would not hear of it
        if (!within(FAST_STOP_DEADLINE, () -> postmaster.server().isEmpty())) {
            Signals.send("QUIT", pid);
            if (!within(QUICK_STOP_DEADLINE, () -> postmaster.server().isEmpty())) {
                throw new DatabaseFault("the PostgreSQL process " + pid + " in " + data
                        + " was left behind and does not stop: end it by hand");
            }
        }
    }

    private void endProcesses() throws IOException {
        List<Long> left = processes();
        if (left.isEmpty()) {
            return;
        }
        LOG.warn("PostgreSQL was killed and left {} processes behind: ending them first", left.size());
        for (long pid : left) {
            Signals.send("KILL", pid);
        }
        if (!within(QUICK_STOP_DEADLINE, () -> processes().isEmpty())) {
            throw new DatabaseFault("processes " + processes() + " of an earlier PostgreSQL in " + data
                    + " do not end: end them by hand");
        }
    }

    private List<Long> processes() throws IOException {
        var found = new ArrayList<Long>();
        try (var entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(String.valueOf(entry.getFileName()));
                if (postmaster.worksHere(pid)) {
                    found.add(pid);
                }
            }
        }
        return found;
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    /** Asks the file and not the process table alone: where nobody reaps orphans, an ended one stays as a zombie. */
    private static boolean within(Duration deadline, Condition condition) throws IOException {
        long end = System.nanoTime() + deadline.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }
}
