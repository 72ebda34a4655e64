package io.deskwave.control.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real WebSocket through a faulty link: which frames arrive, and in which order. */
@Timeout(60)
final class DisturbedFramesTest {
    private static final int SENT = 2_000;

    private final Vertx vertx = Vertx.vertx();
    private final List<String> atServer = new CopyOnWriteArrayList<>();
    private final List<String> atClient = new CopyOnWriteArrayList<>();
    private final WebSocketClient client = vertx.createWebSocketClient(); // one that nobody holds is collected
    private FaultyLink link;
    private WebSocket socket;

    @BeforeEach
    void connect() throws Exception {
        HttpServer server = vertx.createHttpServer()
                .webSocketHandler(accepted -> accepted.textMessageHandler(text -> {
                    atServer.add(text);
                    accepted.writeTextMessage("re " + text);
                }))
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS);
        link = FaultyLink.open(server.actualPort(), 11);
        socket = client.connect(link.port(), "127.0.0.1", "/").await(20, TimeUnit.SECONDS);
        socket.textMessageHandler(atClient::add);
    }

    @AfterEach
    void close() throws TimeoutException {
        link.close();
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private void send(int from, int to) throws TimeoutException {
        for (int i = from; i <= to; i++) {
            socket.writeTextMessage(Integer.toString(i)).await(20, TimeUnit.SECONDS);
        }
    }

    private static List<String> numbers(int to) {
        return IntStream.rangeClosed(1, to).mapToObj(Integer::toString).collect(Collectors.toList());
    }

    private static void await(List<String> list, int size) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (list.size() < size) {
            assertThat(System.nanoTime()).as("%d of %d", list.size(), size).isLessThan(until);
            Thread.onSpinWait();
        }
    }

    @Test
    void anUndisturbedLinkChangesNothing() throws TimeoutException {
        send(1, SENT);
        await(atClient, SENT);
        assertThat(atServer).isEqualTo(numbers(SENT));
        assertThat(link.counts().frames()).isEqualTo(2L * SENT);
        assertThat(link.counts().duplicated() + link.counts().swapped()).isZero();
    }

    @Test
    void duplicatedFramesArriveTwiceInPlaceBothWays() throws TimeoutException {
        link.disturb(0.2, 0);
        send(1, SENT);
        await(atServer, SENT);
        awaitQuiet();
        List<String> once = new ArrayList<>();
        for (String text : atServer) {
            if (once.isEmpty() || !once.get(once.size() - 1).equals(text)) {
                once.add(text);
            }
        }
        assertThat(once).isEqualTo(numbers(SENT));
        int twiceUp = atServer.size() - SENT;
        int twiceDown = atClient.size() - atServer.size();
        assertThat(twiceUp).isBetween(SENT / 10, SENT * 3 / 10);
        assertThat(twiceDown).isBetween(SENT / 10, SENT * 4 / 10);
        assertThat(link.counts().duplicated()).isEqualTo(twiceUp + twiceDown);
    }

    /** Until what the link counts stays the same for as long as it would hold a frame back, and longer. */
    private void awaitQuiet() {
        LinkCounters.Counts before = link.counts();
        long since = System.nanoTime();
        while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(4L * FrameStream.PATIENCE_MILLIS)) {
            if (!link.counts().equals(before)) {
                before = link.counts();
                since = System.nanoTime();
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void swappedFramesChangePlacesWithTheNextOneAndNoneIsMissing() throws TimeoutException {
        link.disturb(0, 0.2);
        send(1, SENT);
        await(atClient, SENT);
        awaitQuiet();
        assertThat(atServer).containsExactlyInAnyOrderElementsOf(numbers(SENT));
        int swaps = 0;
        for (int i = 0; i < SENT; i++) {
            int number = Integer.parseInt(atServer.get(i));
            assertThat(number).isBetween(i, i + 2);
            swaps += number == i + 2 ? 1 : 0;
        }
        assertThat(swaps).isBetween(SENT / 20, SENT * 3 / 10);
        assertThat(link.counts().swapped()).isGreaterThan(swaps);
    }

    @Test
    void aFrameWithNoneBehindItArrivesAllTheSame() throws TimeoutException {
        link.disturb(0, 1);
        send(1, 1);
        await(atClient, 1);
        assertThat(link.counts().swapped()).isZero();
    }

    @Test
    void controlFramesAndMessagesInPartsStayInPlace() throws TimeoutException {
        link.disturb(0, 1);
        var pongs = new CopyOnWriteArrayList<String>();
        socket.pongHandler(pong -> pongs.add(pong.toString()));
        socket.writeTextMessage("1").await(20, TimeUnit.SECONDS);
        socket.writePing(Buffer.buffer("ping")).await(20, TimeUnit.SECONDS);
        socket.writeFrame(WebSocketFrame.textFrame("a", false)).await(20, TimeUnit.SECONDS);
        socket.writeFrame(WebSocketFrame.continuationFrame(Buffer.buffer("b"), true))
                .await(20, TimeUnit.SECONDS);
        await(atClient, 2);
        assertThat(atServer).containsExactly("1", "ab");
        await(pongs, 1);
        link.disturb(1, 0);
        socket.writePing(Buffer.buffer("twice")).await(20, TimeUnit.SECONDS);
        socket.writeFrame(WebSocketFrame.textFrame("c", false)).await(20, TimeUnit.SECONDS);
        socket.writeFrame(WebSocketFrame.continuationFrame(Buffer.buffer("d"), true))
                .await(20, TimeUnit.SECONDS);
        await(atServer, 3);
        awaitQuiet();
        assertThat(atServer).containsExactly("1", "ab", "cd");
        assertThat(pongs).containsExactly("ping", "twice");
    }

    @Test
    void longFramesPassWholeHoweverTheyAreRead() throws TimeoutException {
        link.disturb(0.3, 0.3);
        String text = "z".repeat(65_000);
        for (int i = 0; i < 20; i++) {
            socket.writeTextMessage(i + text).await(20, TimeUnit.SECONDS);
        }
        await(atServer, 20);
        awaitQuiet();
        assertThat(atServer).allSatisfy(each -> assertThat(each).endsWith(text));
        assertThat(atServer.stream().distinct()).hasSize(20);
    }
}
