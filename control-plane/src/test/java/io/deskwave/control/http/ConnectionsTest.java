package io.deskwave.control.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Waiting;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What anybody may hold open, and what it costs. */
final class ConnectionsTest {
    private static final String REQUEST = "GET /health/live HTTP/1.1\r\nHost: x\r\n";
    private static final Duration LONG = Duration.ofMinutes(1);
    private final List<Socket> sockets = new ArrayList<>();
    private final Vertx vertx = Vertx.vertx();
    private final AtomicBoolean serving = new AtomicBoolean();

    @AfterEach
    void close() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void filesAreForConnectionsButForAPartThatIsTheProcessesOwnAndOneThatWaitsInAnyCase() {
        assertThat(Connections.mostBeside(0, 20_000, 1)).isEqualTo(18_000);
        assertThat(Connections.mostBeside(15_000, 20_000, 1)).isEqualTo(3_000);
        assertThat(Connections.mostBeside(19_000, 20_000, 1)).isEqualTo(500);
        assertThat(Connections.mostBeside(100, 1_024, 1)).isEqualTo(668);
        assertThat(Connections.mostBeside(1_000, 1_024, 1)).isEqualTo(64);
        assertThat(Connections.mostBeside(19_000, 20_000, 16)).isEqualTo(31);
    }

    @Test
    void theBoundIsAQuarterOfTheHeap() {
        assertThat(Connections.most(512L << 20)).isEqualTo(2_048);
        assertThat(Connections.most(64L << 30)).isEqualTo(262_144);
        assertThat(Connections.most(4L << 20)).isEqualTo(64);
    }

    /** The one that waited longest goes; who is served meanwhile and who becomes a WebSocket stays. */
    @Test
    void newcomersTakeThePlacesOfThoseThatWaitedLongest() throws Exception {
        var connections = new Connections(vertx, new AtomicInteger(), 1, 4, 20_000, 1_000_000, LONG);
        HttpServer server = vertx.createHttpServer(FrontDoor.serverOptions())
                .connectionHandler(connections::came)
                .requestHandler(request -> answer(connections, request))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
        int port = server.actualPort();
        Socket idle = open(port);
        assertThat(ask(idle)).startsWith("HTTP/1.1 200");
        Socket slow = open(port);
        slow.getOutputStream().write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        Waiting.until("one is idle and one is served", serving::get);
        Socket oldest = open(port);
        for (int i = 0; i < 2; i++) {
            assertThat(open(port).isConnected()).isTrue();
        }
        Waiting.until("all places are taken", () -> connections.waiting() == 4);

        Socket newest = open(port);

        assertThat(oldest.getInputStream().read()).isEqualTo(-1);
        assertThat(ask(newest)).startsWith("HTTP/1.1 200");
        assertThat(ask(idle)).startsWith("HTTP/1.1 200");
        vertx.eventBus().publish("go", "");
        assertThat(line(slow)).startsWith("HTTP/1.1 200");
        for (Socket socket : sockets) {
            socket.close();
        }
        Waiting.until("all are forgotten", () -> connections.waiting() == 0);
    }

    /** Files are taken by all of them, and given back by those that only wait. */
    @Test
    void whereFilesAreFewWhoIsServedTakesTheFileOfWhoOnlyWaits() throws Exception {
        var open = new AtomicInteger(40);
        var connections = new Connections(vertx, open, 1, 1_000, 210, 1_000_000, LONG);
        HttpServer server = vertx.createHttpServer(FrontDoor.serverOptions())
                .connectionHandler(connections::came)
                .requestHandler(request -> answer(connections, request))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
        int port = server.actualPort();
        Socket oldest = open(port);
        for (int i = 0; i < 64; i++) {
            assertThat(open(port).isConnected()).isTrue();
        }
        Waiting.until("there is room for 65 beside 40", () -> connections.waiting() == 65);
        Socket slow = open(port);
        slow.getOutputStream().write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        Waiting.until("one is served", serving::get);

        Socket newest = open(port);

        assertThat(oldest.getInputStream().read()).isEqualTo(-1);
        assertThat(ask(newest)).startsWith("HTTP/1.1 200");
        assertThat(connections.waiting()).isEqualTo(64);
        vertx.eventBus().publish("go", "");
        assertThat(line(slow)).startsWith("HTTP/1.1 200");
        for (Socket socket : sockets) {
            socket.close();
        }
        Waiting.until("all are gone", () -> open.get() == 40 && connections.waiting() == 0);
    }

    /** As where an upgrade is refused, which is followed anew after each request. */
    @Test
    void whoIsFollowedAnewKeepsTheConnectionWhileItIsUsed() throws Exception {
        var connections = new Connections(vertx, new AtomicInteger(), 1, 4, 20_000, 1_000_000, Duration.ofSeconds(2));
        HttpServer server = vertx.createHttpServer(FrontDoor.serverOptions())
                .connectionHandler(connections::came)
                .requestHandler(request -> {
                    connections.begins(request.connection());
                    connections.forget(request.connection());
                    request.response().endHandler(sent -> connections.opened(request.connection()));
                    end(request);
                })
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
        Socket used = open(server.actualPort());
        long from = System.nanoTime();
        while (System.nanoTime() - from < TimeUnit.MILLISECONDS.toNanos(2_500)) {
            assertThat(ask(used)).startsWith("HTTP/1.1 200");
        }
        assertThat(used.getInputStream().read())
                .as("closed when it is used no more")
                .isEqualTo(-1);
    }

    private void answer(Connections connections, HttpServerRequest request) {
        connections.begins(request.connection());
        request.response().endHandler(sent -> connections.ends(request.connection()));
        if (request.path().equals("/slow")) {
            vertx.eventBus().consumer("go", go -> end(request));
            serving.set(true);
        } else {
            end(request);
        }
    }

    private static void end(HttpServerRequest request) {
        request.response().end("x").onFailure(gone -> {});
    }

    @Test
    void headsThatNeverEndDoNotExhaustASmallHeap(@TempDir Path folder) throws Exception {
        Path errors = folder.resolve("errors");
        Process victim = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName())
                .redirectError(errors.toFile())
                .start();
        try {
            int port = Integer.parseInt(
                    String.valueOf(victim.inputReader(StandardCharsets.UTF_8).readLine()));
            for (int i = 0; i < 1_500; i++) {
                attack(port);
            }
            assertThat(ask(open(port))).startsWith("HTTP/1.1 200");
            assertThat(victim.isAlive()).isTrue();
            assertThat(Files.readString(errors)).doesNotContain("OutOfMemory");
        } finally {
            victim.destroyForcibly();
            assertThat(victim.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** 60 KB of the shortest headers there are: each becomes an entry of its own. */
    private void attack(int port) throws IOException {
        Socket socket = open(port);
        byte[] headers = "a:\r\n".repeat(15_000).getBytes(StandardCharsets.US_ASCII);
        try {
            OutputStream out = socket.getOutputStream();
            out.write(REQUEST.getBytes(StandardCharsets.US_ASCII));
            out.write(headers);
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*"); // it was closed already
        }
    }

    @CanIgnoreReturnValue
    private Socket open(int port) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        sockets.add(socket);
        return socket;
    }

    private static String ask(Socket socket) throws IOException {
        socket.getOutputStream().write((REQUEST + "\r\n").getBytes(StandardCharsets.US_ASCII));
        return line(socket);
    }

    private static String line(Socket socket) throws IOException {
        var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        String status = String.valueOf(reader.readLine());
        String line = reader.readLine();
        while (line != null && !line.isEmpty()) {
            line = reader.readLine();
        }
        return status;
    }

    /** A front door without rooms behind it, in a process of its own. */
    public static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) throws Exception {
            Vertx vertx = Vertx.vertx();
            FrontDoor door = FrontDoor.open(
                            vertx,
                            new Nobody(),
                            failure -> Optional.empty(),
                            new Allowance(vertx, 1),
                            Future::succeededFuture)
                    .await(30, TimeUnit.SECONDS);
            HttpServer server = door.attach(vertx.createHttpServer(FrontDoor.serverOptions()))
                    .listen(0, "127.0.0.1")
                    .await(10, TimeUnit.SECONDS);
            System.out.println(server.actualPort());
        }
    }

    private static final class Nobody implements Verifier {
        @Override
        public Future<Caller> verify(HttpServerRequest request) {
            return Future.failedFuture(new ApiException.Unauthorized("nobody"));
        }

        @Override
        public Future<Caller> verifyToken(String token) {
            return Future.failedFuture(new ApiException.Unauthorized("nobody"));
        }
    }
}
