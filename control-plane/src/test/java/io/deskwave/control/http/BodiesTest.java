package io.deskwave.control.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BodiesTest {
    private static final int MOST_BYTES = 1000;
    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<Promise<String>> inWork = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private HttpServer serve(Bodies bodies) throws Exception {
        return vertx.createHttpServer()
                .requestHandler(request -> answer(bodies, request))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
    }

    /** What the body is used for ends when the test says so. */
    private void answer(Bodies bodies, HttpServerRequest request) {
        request.pause();
        bodies.with(request, body -> {
                    Promise<String> work = Promise.promise();
                    inWork.add(work);
                    return work.future();
                })
                .recover(failure -> {
                    bodies.discard(request);
                    return Future.succeededFuture(((ApiException) failure).status() + failure.getMessage());
                })
                .compose(text -> request.response().end(text))
                .onFailure(Throwable::printStackTrace);
    }

    private static Socket send(HttpServer server, String headAndBody) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(("POST / HTTP/1.1\r\nHost: x\r\n" + headAndBody).getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** To its end: the server closes. */
    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private Promise<String> nextInWork() throws InterruptedException {
        Promise<String> work = inWork.poll(20, TimeUnit.SECONDS);
        assertThat(work).isNotNull();
        return work;
    }

    @Test
    void aBodyThatStallsIsRefusedAndItsConnectionClosed() throws Exception {
        Bodies bodies = new Bodies(vertx, MOST_BYTES, 1000, Duration.ofSeconds(1));
        try (Socket stalled = send(serve(bodies), "Content-Length: 10\r\n\r\n123")) {
            assertThat(answer(stalled))
                    .contains("400the body did not arrive")
                    .containsIgnoringCase("connection: close");
        }
        assertThat(bodies.held()).isZero();
    }

    @Test
    void aBodyThatGrowsTooLongIsRefused() throws Exception {
        Bodies bodies = new Bodies(vertx, MOST_BYTES, 10_000, Duration.ofSeconds(2));
        HttpServer server = serve(bodies);
        try (Socket announced = send(server, "Content-Length: 1001\r\n\r\n")) {
            assertThat(answer(announced)).contains("413the body is larger than 1000 bytes");
        }
        String chunk = "1f4\r\n" + "x".repeat(500) + "\r\n";
        try (Socket chunked = send(server, "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "1\r\nx\r\n")) {
            assertThat(answer(chunked)).contains("413the body is larger than 1000 bytes");
        }
        assertThat(bodies.held()).isZero();
    }

    @Test
    void bodiesInWorkCountUntilTheirEnd() throws Exception {
        Bodies bodies = new Bodies(vertx, MOST_BYTES, 1000, Duration.ofMinutes(10));
        HttpServer server = serve(bodies);
        String body = "Connection: close\r\nContent-Length: 600\r\n\r\n" + "x".repeat(600);
        try (Socket first = send(server, body)) {
            Promise<String> work = nextInWork();
            assertThat(bodies.held()).isEqualTo(600);
            try (Socket second = send(server, body)) {
                assertThat(answer(second)).contains("503this server has too many requests");
            }
            work.complete("done");
            assertThat(answer(first)).contains("done");
        }
        try (Socket third = send(server, body)) {
            nextInWork().complete("done");
            assertThat(answer(third)).contains("done");
        }
        assertThat(bodies.held()).isZero();
    }

    @Test
    void aConnectionThatBreaksGivesItsShareBack() throws Exception {
        Bodies bodies = new Bodies(vertx, MOST_BYTES, 1000, Duration.ofMinutes(10));
        HttpServer server = serve(bodies);
        try (Socket broken = send(server, "Content-Length: 900\r\n\r\n" + "x".repeat(600))) {
            broken.setSoLinger(true, 0);
        }
        String body = "Connection: close\r\nContent-Length: 600\r\n\r\n" + "x".repeat(600);
        String answer = "503";
        for (int i = 0; i < 1000 && answer.contains("503"); i++) {
            try (Socket next = send(server, body)) {
                Promise<String> work = inWork.poll(20, TimeUnit.MILLISECONDS);
                if (work != null) {
                    work.complete("done");
                }
                answer = answer(next);
            }
        }
        assertThat(answer).contains("done");
    }
}
