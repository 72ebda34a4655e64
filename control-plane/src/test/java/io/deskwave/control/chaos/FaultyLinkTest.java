package io.deskwave.control.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Plain TCP through a faulty link: real sockets, an echo behind it. */
@Timeout(60)
final class FaultyLinkTest {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int A_LOOK_MILLIS = 200;

    private final EchoServer echo = new EchoServer('a');
    private final FaultyLink link = FaultyLink.open(echo.port(), 7);
    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        link.close();
        echo.close();
    }

    private Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), link.port());
        socket.setSoTimeout(PATIENCE_MILLIS);
        sockets.add(socket);
        return socket;
    }

    private Socket connectTo(char name) throws IOException {
        Socket socket = connect();
        assertThat((char) socket.getInputStream().read()).isEqualTo(name);
        return socket;
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String hear(Socket socket, int count) throws IOException {
        return new String(socket.getInputStream().readNBytes(count), StandardCharsets.US_ASCII);
    }

    private static void hearsNothing(Socket socket) throws IOException {
        socket.setSoTimeout(A_LOOK_MILLIS);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    @Test
    void forwardsEveryByteAndThenTheEnd() throws IOException {
        Socket socket = connectTo('a');
        byte[] sent = new byte[3_000_000];
        new Random(1).nextBytes(sent);
        Threads.start("sends", () -> {
            try {
                socket.getOutputStream().write(sent);
                socket.shutdownOutput();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        byte[] heard = socket.getInputStream().readAllBytes();
        assertThat(Arrays.equals(heard, sent)).isTrue();
        assertThat(link.counts().bytes()).isEqualTo(2L * sent.length + 1);
    }

    @Test
    void aNewTargetTakesOnlyNewConnections() throws IOException {
        Socket old = connectTo('a');
        try (var other = new EchoServer('b')) {
            link.target(other.port());
            connectTo('b');
            say(old, "still");
            assertThat(hear(old, 5)).isEqualTo("still");
        }
    }

    @Test
    void aTargetThatIsNotThereEndsTheConnection() throws IOException {
        echo.close();
        assertThat(connect().getInputStream().read()).isEqualTo(-1);
        assertThat(link.counts().refused()).isEqualTo(1);
    }

    @Test
    void aCutEndsAllThatIsOpenSomeWithAReset() throws IOException {
        for (int i = 0; i < 20; i++) {
            connectTo('a');
        }
        link.cut();
        int resets = 0;
        for (Socket socket : sockets) {
            try {
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            } catch (SocketException e) {
                resets++;
            }
        }
        assertThat(resets).isBetween(1, 19);
        assertThat(link.counts().resets()).isEqualTo(resets);
        assertThat(link.counts().ends()).isEqualTo(20 - resets);
        connectTo('a');
    }

    @Test
    void aStallKeepsConnectionsAndForwardsNeitherBytesNorEnds() throws IOException {
        Socket old = connectTo('a');
        Socket leaves = connectTo('a');
        link.stall();
        say(old, "one");
        hearsNothing(old);
        leaves.shutdownOutput();
        hearsNothing(leaves);
        Socket young = connect();
        hearsNothing(young);
        assertThat(echo.connections()).isEqualTo(2);
        link.go();
        assertThat(hear(old, 3)).isEqualTo("one");
        assertThat(leaves.getInputStream().read()).isEqualTo(-1);
        assertThat((char) young.getInputStream().read()).isEqualTo('a');
    }

    @Test
    void aCutEndsWhatIsStalledToo() throws IOException {
        Socket old = connectTo('a');
        link.stall();
        say(old, "one");
        Socket young = connect();
        awaitOpen(2);
        link.cut();
        for (Socket socket : List.of(old, young)) {
            try {
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            } catch (SocketException e) {
                assertThat(e).hasMessageContaining("reset");
            }
        }
        awaitOpen(0);
    }

    private void awaitOpen(int count) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (link.counts().open() != count) {
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.onSpinWait();
        }
    }

    @Test
    void aSlowLinkKeepsItsSpeedAndFullSpeedCountsAtOnce() throws IOException {
        Socket socket = connectTo('a');
        link.slow(10_000);
        long from = System.nanoTime();
        say(socket, "x".repeat(5_000));
        assertThat(hear(socket, 5_000)).hasSize(5_000);
        assertThat(System.nanoTime() - from)
                .isBetween(TimeUnit.MILLISECONDS.toNanos(350), TimeUnit.SECONDS.toNanos(15));
        link.slow(1);
        say(socket, "y".repeat(5_000));
        assertThat(hear(socket, 1)).isEqualTo("y");
        hearsNothing(socket);
        link.slow(0);
        assertThat(hear(socket, 4_999)).hasSize(4_999);
    }

    @Test
    void aSideThatDoesNotReadStopsTheOtherOne() throws Exception {
        Socket socket = connectTo('a');
        byte[] piece = new byte[64 * 1024];
        var sent = new AtomicLong();
        Thread sends = Threads.start("sends", () -> {
            try {
                while (true) {
                    socket.getOutputStream().write(piece);
                    sent.addAndGet(piece.length);
                }
            } catch (IOException e) {
                // the test is over
            }
        });
        long before = -1;
        while (before != sent.get()) {
            before = sent.get();
            sends.join(A_LOOK_MILLIS);
        }
        assertThat(sends.isAlive()).isTrue();
        assertThat(sent.get()).isLessThan(32L * 1024 * 1024);
    }
}
