package io.deskwave.control.http;

import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that nobody's request is under way on: anybody may open one, and each may hold a head that is not whole. Those
 * that bring no whole head in time are closed; when there are too many, or their heads together are too long, so are those
 * that waited longest, and a newcomer is let in. Too many is what memory or files do not allow: a fleet that comes back connects
 * faster than its heads can be read, or sent, and a connection that is closed then comes again. WebSockets are not closed for
 * others: agents are not locked out by who only holds connections open. Counts no addresses, since many clients may come through
 * one load balancer. Used on one event loop.
 */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final Duration HEAD_WITHIN = Duration.ofSeconds(10);

    /** Of the heap. */
    private static final int SHARE = 4;

    /** What an idle connection costs, and something to spare. */
    private static final long BYTES_EACH = 64 * 1024;

    /** The process's own part of its files, such as its connections to PostgreSQL. */
    private static final int OWN_FILES_SHARE = 10;

    private static final int FEWEST_OWN_FILES = 256;
    /** The part of the files that may wait in any case, so that callers get in however many agents there are. */
    private static final int FEWEST_SHARE = 40;

    /** What a byte of a head costs, at worst: a head may be nothing but headers with a name of one letter. */
    private static final long COST_OF_A_BYTE = 32;

    /** Nearly every head is shorter; one that is longer is not even decoded while there is too much. */
    private static final int SHORT_HEAD_BYTES = 4 * 1024;

    /** How often it is looked whom to close. */
    private static final long LOOK_MILLIS = 100;

    /** A loop that looks no later than that has read meanwhile whatever had come before. */
    private static final long RESTED_NANOS = TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS * 3 / 2);

    private static final int FEWEST = 64;

    private final Vertx vertx;
    private final AtomicInteger open;
    private final int loops;
    private final int most;
    private final long files;
    private final long mostHeadBytes;
    private final Duration headWithin;
    private final Map<HttpConnection, Opened> all = new HashMap<>();
    /** Since when each waits, the longest first. */
    private final Map<HttpConnection, Long> headless = new LinkedHashMap<>();

    private final Map<HttpConnection, Long> idle = new LinkedHashMap<>();
    private final Map<HttpConnection, Integer> heads = new LinkedHashMap<>();
    private long headBytes;
    private boolean looking;
    private boolean told;

    private static final class Opened {
        private final HeadBytes bytes;
        private int requests;

        Opened(HeadBytes bytes) {
            this.bytes = bytes;
        }
    }

    /**
     * @param loops that share the memory
     * @param open  the connections of all of them
     */
    Connections(Vertx vertx, int loops, AtomicInteger open) {
        this(
                vertx,
                open,
                loops,
                most(Runtime.getRuntime().maxMemory() / loops),
                files(),
                Runtime.getRuntime().maxMemory() / SHARE / COST_OF_A_BYTE / loops,
                HEAD_WITHIN);
    }

    /**
     * @param most that wait
     * @param files that the process may have open
     */
    Connections(
            Vertx vertx, AtomicInteger open, int loops, int most, long files, long mostHeadBytes, Duration headWithin) {
        this.vertx = vertx;
        this.open = open;
        this.loops = loops;
        this.most = most;
        this.files = files;
        this.mostHeadBytes = mostHeadBytes;
        this.headWithin = headWithin;
    }

    static int most(long heapBytes) {
        return (int) Math.max(FEWEST, Math.min(Integer.MAX_VALUE, heapBytes / SHARE / BYTES_EACH));
    }

    /** How many may wait beside so many that are served, are WebSockets or wait on other loops. */
    static long mostBeside(long others, long files, int loops) {
        long own = Math.max(files / OWN_FILES_SHARE, Math.min(FEWEST_OWN_FILES, files / 2));
        return Math.max(files - own - others, Math.max(FEWEST, files / FEWEST_SHARE) / loops);
    }

    private static long files() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    /** A new one. */
    void came(HttpConnection connection) {
        open.incrementAndGet();
        HeadBytes.whenClosed(connection, open::decrementAndGet);
        opened(connection);
    }

    /** Somebody may ask something through it; anew, where it was forgotten. */
    void opened(HttpConnection connection) {
        var opened = new Opened(HeadBytes.of(connection, bytes -> mayCome(connection, bytes)));
        all.put(connection, opened);
        waits(headless, connection);
        connection.closeHandler(gone -> forget(connection));
    }

    private void waits(Map<HttpConnection, Long> how, HttpConnection connection) {
        long now = System.nanoTime();
        how.put(connection, now);
        lookLater();
        closeTooMany();
    }

    private void lookLater() {
        if (!looking && waiting() > 0) {
            looking = true;
            long now = System.nanoTime();
            vertx.setTimer(LOOK_MILLIS, id -> {
                looking = false;
                look(now, System.nanoTime());
                lookLater();
            });
        }
    }

    /** Where the loop was busy nobody knows what had come: whose time is over is closed when it has rested. */
    private void look(long before, long now) {
        if (now - before > RESTED_NANOS) {
            return;
        }
        while (!headless.isEmpty()) {
            Map.Entry<HttpConnection, Long> oldest =
                    headless.entrySet().iterator().next();
            if (now - oldest.getValue() < headWithin.toNanos() || oldest.getValue() - before > 0) {
                return;
            }
            close(oldest.getKey());
        }
    }

    /** A whole head has come. */
    void begins(HttpConnection connection) {
        headless.remove(connection);
        idle.remove(connection);
        headIsOver(connection);
        Opened opened = all.get(connection);
        if (opened != null) {
            opened.requests++;
        }
    }

    /** The answer was sent, and the connection stays. */
    void ends(HttpConnection connection) {
        Opened opened = all.get(connection);
        if (opened != null && --opened.requests <= 0) {
            opened.requests = 0;
            waits(idle, connection);
        }
    }

    /** It is gone, or became a WebSocket, of which nothing more is heard here. */
    void forget(HttpConnection connection) {
        headless.remove(connection);
        idle.remove(connection);
        headIsOver(connection);
        Opened opened = all.remove(connection);
        if (opened != null) {
            opened.bytes.unhook();
        }
    }

    int waiting() {
        return headless.size() + idle.size();
    }

    private boolean mayCome(HttpConnection connection, int bytes) {
        if (!headless.containsKey(connection) && !idle.containsKey(connection)) {
            return true;
        }
        int head = heads.merge(connection, bytes, Integer::sum);
        headBytes += bytes;
        if (headBytes > mostHeadBytes && head > SHORT_HEAD_BYTES) {
            tell();
            forget(connection);
            return false;
        }
        while (headBytes > mostHeadBytes) {
            closeForOthers(heads.keySet().iterator().next());
        }
        return all.containsKey(connection);
    }

    private void headIsOver(HttpConnection connection) {
        Integer bytes = heads.remove(connection);
        headBytes -= bytes == null ? 0 : bytes;
    }

    /** Those that have asked something before go first, unless those that have not are most of them. */
    private void closeTooMany() {
        long bound = Math.min(most, mostBeside(open.get() - waiting(), files, loops));
        while (waiting() > bound) {
            Map<HttpConnection, Long> from = headless.size() > bound / 2 ? headless : idle;
            closeForOthers(from.keySet().iterator().next());
        }
    }

    private void closeForOthers(HttpConnection connection) {
        tell();
        close(connection);
    }

    private void tell() {
        if (!told) {
            told = true;
            LOG.warn(
                    "of {} connections more wait for a request than may, or more than {} bytes of unfinished heads: those"
                            + " that waited longest are closed",
                    open.get(),
                    mostHeadBytes);
        }
    }

    private void close(HttpConnection connection) {
        Opened opened = all.get(connection);
        forget(connection);
        if (opened != null) {
            opened.bytes.cut();
        }
    }
}
