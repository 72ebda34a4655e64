package io.deskwave.control.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real sockets through the balancer, to echoes that say their names. */
@Timeout(60)
final class BalancerTest {
    private final EchoServer first = new EchoServer('a');
    private final EchoServer second = new EchoServer('b');
    private final EchoServer third = new EchoServer('c');
    private final Balancer balancer = Balancer.open(first.port(), second.port(), third.port());
    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        balancer.close();
        first.close();
        second.close();
        third.close();
    }

    private Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), balancer.port());
        socket.setSoTimeout(20_000);
        sockets.add(socket);
        return socket;
    }

    private String names(int count) throws IOException {
        var names = new StringBuilder();
        for (int i = 0; i < count; i++) {
            names.append((char) connect().getInputStream().read());
        }
        return names.toString();
    }

    @Test
    void takesPortsInTurn() throws IOException {
        assertThat(names(6)).isEqualTo("abcabc");
        assertThat(balancer.counts()).containsExactly(2, 2, 2, 0);
    }

    @Test
    void goesOnToTheNextPortWhenOneRefuses() throws IOException {
        second.close();
        assertThat(names(6)).isEqualTo("accacc");
    }

    @Test
    void endsAConnectionThatNobodyTakes() throws IOException {
        first.close();
        second.close();
        third.close();
        assertThat(connect().getInputStream().read()).isEqualTo(-1);
        assertThat(balancer.counts()).containsExactly(0, 0, 0, 1);
    }

    @Test
    void forwardsEveryByteBothWays() throws IOException {
        Socket socket = connect();
        assertThat((char) socket.getInputStream().read()).isEqualTo('a');
        byte[] sent = new byte[3_000_000];
        new Random(1).nextBytes(sent);
        Threads.start("sends", () -> {
            try {
                socket.getOutputStream().write(sent);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(Arrays.equals(socket.getInputStream().readNBytes(sent.length), sent))
                .isTrue();
    }

    @Test
    void theEndOfANodeEndsItsCallers() throws IOException {
        assertThat(names(3)).isEqualTo("abc");
        second.close();
        assertThat(sockets.get(1).getInputStream().read()).isEqualTo(-1);
        sockets.get(0).getOutputStream().write('x');
        assertThat(sockets.get(0).getInputStream().read()).isEqualTo('x');
    }
}
