package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy on loopback in front of one port, which can be made to fail as networks do: cut, half-open, slow, and, once a
 * connection has become a WebSocket, with frames that come twice or in the wrong order. What it holds is bounded (a buffer
 * or a few frames for each direction of a connection), so a slow side slows the other. All that is random comes from the
 * seed. Two threads for each connection; every method may be called from any thread.
 */
public final class FaultyLink implements AutoCloseable {
    /** Small on purpose: what the kernel holds for a link is not held by the sender. */
    private static final int SOCKET_BUFFER_BYTES = 64 * 1024;

    private static final int BACKLOG = 1024;
    private static final int CONNECT_MILLIS = 5_000;

    private final ServerSocket listening;
    private final LinkFaults faults = new LinkFaults();
    private final LinkCounters counters = new LinkCounters();
    private final Set<LinkConnection> connections = ConcurrentHashMap.newKeySet();
    private final SplittableRandom seeds;
    private final Random cuts;
    private volatile int target;

    private FaultyLink(ServerSocket listening, int target, long seed) {
        this.listening = listening;
        this.target = target;
        this.seeds = new SplittableRandom(seed);
        this.cuts = new Random(seed);
    }

    /** A link that listens on any free port of loopback and leads to this one; it does nothing wrong until told to. */
    public static FaultyLink open(int targetPort, long seed) {
        try {
            var listening = new ServerSocket();
            listening.setReceiveBufferSize(SOCKET_BUFFER_BYTES);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
            var link = new FaultyLink(listening, targetPort, seed);
            Threads.start("link-" + link.port(), link::accept);
            return link;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Where connections lead from now on; those that are open stay where they are. */
    public void target(int port) {
        target = port;
    }

    /** Closes every connection now, each in order or with a reset, at random. */
    public void cut() {
        for (LinkConnection each : List.copyOf(connections)) {
            boolean reset;
            synchronized (cuts) {
                reset = cuts.nextBoolean();
            }
            if (each.close(reset)) {
                counters.cut(reset);
            }
        }
    }

    /** Half-open: connections stay and new ones are accepted, but neither bytes nor ends get through, either way. */
    public void stall() {
        faults.stall(true);
    }

    /** What a stall held back goes on. */
    public void go() {
        faults.stall(false);
    }

    /** For each direction of each connection; 0 is full speed. */
    public void slow(long bytesPerSecond) {
        faults.slow(bytesPerSecond);
    }

    /**
     * From now on so many of the whole data frames of WebSockets, both ways, are sent twice or change places with the next
     * one. Control frames and the frames of messages in several parts stay in place.
     *
     * @param duplicated of 1
     * @param swapped of 1
     */
    public void disturb(double duplicated, double swapped) {
        faults.disturb(duplicated, swapped);
    }

    /** What it did so far. */
    public LinkCounters.Counts counts() {
        return counters.now(connections.size());
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                counters.accepted();
                SplittableRandom random = seeds.split();
                Threads.start("link-" + port() + "-" + client.getPort(), () -> connect(client, random));
            } catch (IOException e) {
                if (!listening.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void connect(Socket client, SplittableRandom random) {
        var connection = new LinkConnection(client, faults, counters, random);
        connections.add(connection);
        try {
            if (listening.isClosed()) {
                return;
            }
            faults.awaitGo(connection::isClosed);
            var server = new Socket();
            server.setReceiveBufferSize(SOCKET_BUFFER_BYTES);
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_MILLIS);
            connection.forward(server);
        } catch (IOException e) {
            if (!connection.isClosed()) {
                counters.refused();
            }
        } finally {
            connection.close(false);
            connections.remove(connection);
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connections.forEach(each -> each.close(false));
    }
}
