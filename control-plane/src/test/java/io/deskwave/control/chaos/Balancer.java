package io.deskwave.control.chaos;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * A plain TCP load balancer on loopback: round robin over ports, the next one when a connect is refused, and no idea of
 * what goes through it. Bytes wait in it only as long as a socket's write queue is not full.
 */
public final class Balancer implements AutoCloseable {
    private static final int BACKLOG = 4096;
    private static final int CONNECT_MILLIS = 2_000;
    private static final String LOOPBACK = "127.0.0.1";

    private final Vertx vertx = Vertx.vertx();
    private final NetServer server = vertx.createNetServer(new NetServerOptions().setAcceptBacklog(BACKLOG));
    private final NetClient client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS));
    private final int[] ports;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLongArray taken;

    private Balancer(int... ports) {
        this.ports = ports.clone();
        this.taken = new AtomicLongArray(ports.length + 1);
    }

    /** Listens on any free port. */
    public static Balancer open(int... ports) {
        var balancer = new Balancer(ports);
        balancer.server.connectHandler(balancer::connected).listen(0, LOOPBACK).await();
        return balancer;
    }

    public int port() {
        return server.actualPort();
    }

    /** How many connections each port took, in the order of the ports, and behind them those that none took. */
    public long[] counts() {
        return IntStream.range(0, taken.length()).mapToLong(taken::get).toArray();
    }

    private void connected(NetSocket caller) {
        caller.pause();
        int first = Math.floorMod(next.getAndIncrement(), ports.length);
        connect(first, ports.length).onSuccess(node -> join(caller, node)).onFailure(refused -> {
            taken.incrementAndGet(ports.length);
            close(caller);
        });
    }

    private Future<NetSocket> connect(int index, int tries) {
        Future<NetSocket> connected =
                client.connect(ports[index], LOOPBACK).onSuccess(node -> taken.incrementAndGet(index));
        return tries == 1 ? connected : connected.recover(refused -> connect((index + 1) % ports.length, tries - 1));
    }

    /** Each end ends the other. */
    private static void join(NetSocket caller, NetSocket node) {
        caller.pipeTo(node).onFailure(broken -> close(node));
        node.pipeTo(caller).onFailure(broken -> close(caller));
    }

    private static void close(NetSocket socket) {
        socket.close().onFailure(alreadyClosed -> {});
    }

    /** With all that is connected. */
    @Override
    public void close() {
        vertx.close().await();
    }
}
