package io.deskwave.control.http;

import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that nobody's request is under way on: anybody may open one, and each may hold a head that is not whole. Those
 * that bring no whole head in time are closed; when there are too many, or their heads together are too long, so are those
 * that waited longest, and a newcomer is let in. WebSockets do not count: agents are not locked out by who only holds
 * connections open. Counts no addresses, since many clients may come through one load balancer. Used on one event loop.
 */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final Duration HEAD_WITHIN = Duration.ofSeconds(10);

    /** A quarter of the heap and of the files that the process may have open. */
    private static final int SHARE = 4;

    /** What an idle connection costs, and something to spare. */
    private static final long BYTES_EACH = 64 * 1024;

    /** What a byte of a head costs, at worst: a head may be nothing but headers with a name of one letter. */
    private static final long COST_OF_A_BYTE = 32;

    /** Nearly every head is shorter; one that is longer is not even decoded while there is too much. */
    private static final int SHORT_HEAD_BYTES = 4 * 1024;

    /**
     * A fleet that comes back connects faster than its heads can be read: nobody is closed before what came with the connection
     * had a chance to be read.
     */
    private static final long BURST_MILLIS = 500;

    private static final int FEWEST = 64;
    private static final int MOST = 4096;

    private final Vertx vertx;
    private final int most;
    private final int mostInBurst;
    private final long mostHeadBytes;
    private final Duration headWithin;
    private final Map<HttpConnection, Opened> all = new HashMap<>();
    private final Set<HttpConnection> headless = new LinkedHashSet<>();
    private final Set<HttpConnection> idle = new LinkedHashSet<>();
    private final Map<HttpConnection, Integer> heads = new LinkedHashMap<>();
    private long headBytes;
    private boolean told;

    private static final class Opened {
        private final HeadBytes bytes;
        private int requests;

        Opened(HeadBytes bytes) {
            this.bytes = bytes;
        }
    }

    Connections(Vertx vertx) {
        this(
                vertx,
                most(Runtime.getRuntime().maxMemory(), files()),
                mostInBurst(Runtime.getRuntime().maxMemory(), files()),
                Runtime.getRuntime().maxMemory() / SHARE / COST_OF_A_BYTE,
                HEAD_WITHIN);
    }

    Connections(Vertx vertx, int most, int mostInBurst, long mostHeadBytes, Duration headWithin) {
        this.vertx = vertx;
        this.most = most;
        this.mostInBurst = mostInBurst;
        this.mostHeadBytes = mostHeadBytes;
        this.headWithin = headWithin;
    }

    static int most(long heapBytes, long files) {
        return (int) Math.max(FEWEST, Math.min(MOST, Math.min(heapBytes / SHARE / BYTES_EACH, files / SHARE)));
    }

    /** As many as there is memory for, and half of the files. */
    static int mostInBurst(long heapBytes, long files) {
        return (int) Math.max(most(heapBytes, files), Math.min(heapBytes / SHARE / BYTES_EACH, files / 2));
    }

    private static long files() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    void opened(HttpConnection connection) {
        var opened = new Opened(HeadBytes.of(connection, bytes -> mayCome(connection, bytes)));
        all.put(connection, opened);
        headless.add(connection);
        connection.closeHandler(gone -> forget(connection));
        vertx.setTimer(BURST_MILLIS, id -> closeTooMany(most));
        vertx.setTimer(headWithin.toMillis(), id -> {
            // Where an upgrade was refused it comes here a second time: the time begins anew.
            if (headless.contains(connection) && all.get(connection) == opened) {
                close(connection);
            }
        });
        closeTooMany(mostInBurst);
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
            idle.add(connection);
            closeTooMany(mostInBurst);
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
        if (!headless.contains(connection) && !idle.contains(connection)) {
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
    private void closeTooMany(int bound) {
        while (waiting() > bound) {
            Set<HttpConnection> from = headless.size() > bound / 2 ? headless : idle;
            closeForOthers(from.iterator().next());
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
                    "more than {} connections, or {} bytes of unfinished heads, wait for a request: those that waited"
                            + " longest are closed",
                    most,
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
