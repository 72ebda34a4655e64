import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** N bare WebSockets, at the server's end on as many event loops as there are cores, or at the clients'. */
final class FloorSockets {
    private static final int CONNECTING_AT_ONCE = 64;

    private final Vertx vertx;
    private final int number;
    private final CountDownLatch all;
    private final ConcurrentLinkedQueue<Loop> loops = new ConcurrentLinkedQueue<>();
    private volatile CountDownLatch answers = new CountDownLatch(0);
    private WebSocketClient client; // in a field: a collected client takes its connections along

    FloorSockets(Vertx vertx, int number) {
        this.vertx = vertx;
        this.number = number;
        this.all = new CountDownLatch(number);
    }

    /** An event loop that shares nothing: it writes to its own sockets. */
    private final class Loop extends VerticleBase {
        private final List<ServerWebSocket> sockets = new ArrayList<>();
        private HttpServer server;

        @Override
        public Future<?> start() {
            loops.add(this);
            // A negative port is any free one, the same for all instances.
            var options = new HttpServerOptions().setHost("127.0.0.1").setPort(-1).setAcceptBacklog(4096);
            server = vertx.createHttpServer(options).webSocketHandler(this::opened);
            return server.listen();
        }

        private void opened(ServerWebSocket socket) {
            socket.textMessageHandler(answer -> answers.countDown());
            sockets.add(socket);
            all.countDown();
        }

        private void ask(String message) {
            Context here = context;
            here.runOnContext(go -> sockets.forEach(socket -> socket.writeTextMessage(message)));
        }
    }

    /** Answers the port. */
    int serve() throws Exception {
        int cores = Runtime.getRuntime().availableProcessors();
        await(vertx.deployVerticle(Loop::new, new DeploymentOptions().setInstances(cores)));
        return loops.element().server.actualPort();
    }

    void awaitAll() throws InterruptedException {
        if (!all.await(100, TimeUnit.SECONDS)) {
            throw new IllegalStateException("not all connected: " + all.getCount() + " are missing");
        }
    }

    /** Returns when every one has answered. */
    void askAll(String message) throws InterruptedException {
        answers = new CountDownLatch(number);
        loops.forEach(loop -> loop.ask(message));
        if (!answers.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException(answers.getCount() + " answers are missing");
        }
    }

    void connect(int port, String answer) {
        client = vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(number + 1));
        var left = new AtomicInteger(number);
        for (int i = 0; i < Math.min(CONNECTING_AT_ONCE, number); i++) {
            vertx.getOrCreateContext().runOnContext(go -> connectNext(port, answer, left));
        }
    }

    private void connectNext(int port, String answer, AtomicInteger left) {
        if (left.getAndDecrement() > 0) {
            client.connect(port, "127.0.0.1", "/")
                    .onSuccess(socket -> {
                        socket.textMessageHandler(order -> socket.writeTextMessage(answer));
                        connectNext(port, answer, left);
                    })
                    .onFailure(cause -> {
                        System.err.println("floor: " + cause);
                        Runtime.getRuntime().halt(1);
                    });
        }
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
