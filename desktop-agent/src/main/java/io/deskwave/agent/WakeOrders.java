package io.deskwave.agent;

import io.deskwave.protocol.ServerMessage.WakeDesktops;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes neighbours: checks the signature, and sends each its magic packet a few times out of the interface that lies in the
 * network. Never more than so many packets a second, whatever it is told. Event loop; what touches the network is done away
 * from it.
 */
final class WakeOrders {
    private static final Logger LOG = LoggerFactory.getLogger(WakeOrders.class);

    /** The two that cards and firmware are known to listen at, though most look at no port. */
    private static final int[] PORTS = {9, 7};

    private static final int TIMES = 2;
    private static final long EVERY_MILLIS = 50;
    private static final int AT_ONCE = 10;
    /** Ten seconds of them: what comes on top is asked for again. */
    private static final int MOST_WAITING = 2000;

    private final Vertx vertx;
    private final ServerTime time;
    private final Deque<Packet> waiting = new ArrayDeque<>();
    private boolean sending;
    private boolean closed;

    private record Packet(InetAddress from, InetSocketAddress to, byte[] content) {}

    WakeOrders(Vertx vertx, ServerTime time) {
        this.vertx = vertx;
        this.time = time;
    }

    void take(WakeDesktops order, Identity identity) {
        if (!identity.isSigned(order.desktopId(), order.signedContent(), order.signature())) {
            LOG.error("an order to wake others carries no valid signature for this desktop and is refused");
        } else if (!time.now().isBefore(order.expiresAt())) {
            LOG.warn("an order to wake others expired at {} and is refused", order.expiresAt());
        } else {
            var unused = vertx.executeBlocking(() -> packets(order), false)
                    .onSuccess(packets -> queue(order, packets))
                    .onFailure(e -> LOG.warn("cannot wake {}: {}", order.macs(), Outcomes.sentence(e)));
        }
    }

    /** Everybody once, then everybody again. */
    private static List<Packet> packets(WakeDesktops order) throws IOException {
        Ipv4Network network = Ipv4Network.parse(order.network());
        List<byte[]> contents = order.macs().stream().map(MagicPacket::of).toList();
        List<InetAddress> own = network.ownAddresses();
        if (own.isEmpty()) {
            throw new IOException("this machine has no address in " + order.network());
        }
        List<InetAddress> receivers =
                List.of(network.broadcast(), InetAddress.getByAddress(new byte[] {-1, -1, -1, -1}));
        var packets = new ArrayList<Packet>();
        for (int i = 0; i < TIMES; i++) {
            for (byte[] content : contents) {
                for (int port : PORTS) {
                    for (InetAddress receiver : receivers) {
                        packets.add(new Packet(own.get(0), new InetSocketAddress(receiver, port), content));
                    }
                }
            }
        }
        return packets;
    }

    private void queue(WakeDesktops order, List<Packet> packets) {
        if (waiting.size() + packets.size() > MOST_WAITING) {
            LOG.warn("too much to send already: {} are not woken now", order.macs());
            return;
        }
        LOG.info("waking {} in {}", order.macs(), order.network());
        waiting.addAll(packets);
        sendNext();
    }

    private void sendNext() {
        if (sending || closed || waiting.isEmpty()) {
            return;
        }
        sending = true;
        var portion = new ArrayList<Packet>();
        while (portion.size() < AT_ONCE && !waiting.isEmpty()) {
            portion.add(waiting.remove());
        }
        Future<Void> sent = vertx.executeBlocking(() -> send(portion), false);
        var unused = sent.onFailure(e -> LOG.warn("magic packets were not sent: {}", Outcomes.sentence(e)));
        var unusedTimer = vertx.setTimer(EVERY_MILLIS, ignored -> {
            sending = false;
            sendNext();
        });
    }

    /** A socket bound to the interface's address sends out of that interface, the limited broadcast too. */
    private static Void send(List<Packet> portion) throws IOException {
        InetAddress from = portion.get(0).from();
        try (var socket = new DatagramSocket(new InetSocketAddress(from, 0))) {
            socket.setBroadcast(true);
            for (Packet packet : portion) {
                if (packet.from().equals(from)) {
                    socket.send(new DatagramPacket(packet.content(), packet.content().length, packet.to()));
                } else {
                    send(List.of(packet));
                }
            }
        }
        return null;
    }

    void close() {
        closed = true;
    }
}
