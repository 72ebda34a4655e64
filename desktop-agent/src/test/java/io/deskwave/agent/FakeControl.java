package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Assertion;
import io.deskwave.protocol.Enrollment.Answer;
import io.deskwave.protocol.Enrollment.Request;
import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.OrderTree;
import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.Step;
import io.deskwave.protocol.VerifyingKey;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A control plane for tests: speaks the protocol with real keys over a real socket and keeps what it hears. It acks what
 * is right and rewinds what is not, as the real one does; tests say what it refuses and what its verdicts are.
 */
final class FakeControl implements AutoCloseable {
    static final String SECRET = "an enrollment secret";

    final Vertx vertx = Vertx.vertx();
    final SigningKey workKey = SigningKey.generate();
    final Map<UUID, String> publicKeys = new ConcurrentHashMap<>();
    final List<Request> enrollments = new CopyOnWriteArrayList<>();
    final List<AgentMessage> heard = new CopyOnWriteArrayList<>();
    final List<AgentMessage.Hello> hellos = new CopyOnWriteArrayList<>();
    final List<Instant> attemptsToConnect = new CopyOnWriteArrayList<>();
    final Map<AttemptId, StoredOutput> outputs = new ConcurrentHashMap<>();
    final Deque<Refusal> refusals = new ArrayDeque<>();
    final Deque<String> foreignAnswers = new ConcurrentLinkedDeque<>(); // what a proxy says in its stead
    int loseEnrollAnswers;
    volatile boolean ackOutput = true;
    volatile boolean ackOutcome = true;
    volatile @Nullable ServerWebSocket socket;
    volatile Function<AgentMessage.Held, ServerMessage.Verdict.Action> verdict =
            held -> ServerMessage.Verdict.Action.CONTINUE;

    private final boolean secure;
    private final HttpServer server;

    FakeControl() {
        this(new HttpServerOptions());
    }

    FakeControl(HttpServerOptions options) {
        secure = options.isSsl();
        server = await(vertx.createHttpServer(options.setMaxWebSocketFrameSize(Protocol.MAX_MESSAGE_BYTES)
                        .setMaxWebSocketMessageSize(Protocol.MAX_MESSAGE_BYTES))
                .requestHandler(this::request)
                .listen(0, "127.0.0.1"));
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    String endpoint() {
        return (secure ? "https" : "http") + "://127.0.0.1:" + server.actualPort() + "/fleet";
    }

    Token token() {
        return new Token(endpoint(), SECRET, null);
    }

    private void request(HttpServerRequest request) {
        if (request.path().equals("/fleet" + Protocol.ENROLL_PATH)) {
            var unused = request.body().onSuccess(body -> enroll(request, body.toString()));
        } else if (request.path().equals("/fleet" + Protocol.SESSION_PATH)) {
            session(request);
        } else {
            end(request, 404, "{}");
        }
    }

    private void enroll(HttpServerRequest http, String body) {
        String foreign = foreignAnswers.poll();
        if (foreign != null) {
            end(http, 200, foreign);
            return;
        }
        Refusal refusal;
        synchronized (refusals) {
            refusal = refusals.isEmpty() ? null : refusals.poll();
        }
        if (refusal != null) {
            end(http, 403, Wire.toJson(refusal));
            return;
        }
        Request request = Wire.fromJson(body, Request.class);
        enrollments.add(request);
        if (loseEnrollAnswers-- > 0) {
            var unused = http.connection().close();
            return;
        }
        UUID desktopId = UUID.nameUUIDFromBytes(Base64.getDecoder().decode(request.publicKey()));
        publicKeys.put(desktopId, request.publicKey());
        end(http, 200, Wire.toJson(new Answer(desktopId, workKey.verifyingKey().toBase64())));
    }

    private static void end(HttpServerRequest http, int status, String body) {
        var unused = http.response().setStatusCode(status).end(body);
    }

    private void session(HttpServerRequest http) {
        attemptsToConnect.add(Instant.now());
        String foreign = foreignAnswers.poll();
        if (foreign != null) {
            end(http, 503, foreign);
            return;
        }
        var assertion = Assertion.parse(http.getHeader("Authorization").substring(Protocol.ASSERTION_SCHEME.length()));
        String key = publicKeys.get(assertion.assertion().desktopId());
        Refusal refusal;
        synchronized (refusals) {
            refusal = refusals.poll();
        }
        if (refusal == null && (key == null || !assertion.isSignedBy(VerifyingKey.fromBase64(key)))) {
            refusal = refusal(Refusal.Reason.UNKNOWN, null);
        }
        if (refusal != null) {
            end(http, 403, Wire.toJson(refusal));
            return;
        }
        UUID desktopId = assertion.assertion().desktopId();
        var unused = http.toWebSocket().onSuccess(ws -> {
            var unusedToo = ws.textMessageHandler(text -> text(ws, desktopId, Wire.decodeAgentMessage(text)))
                    .binaryMessageHandler(bytes -> output(ws, Wire.decodeOutput(bytes.getBytes())));
        });
    }

    static Refusal refusal(Refusal.Reason reason, @Nullable Long retryAfterMillis) {
        return new Refusal(reason, "told by the test", Instant.now(), retryAfterMillis);
    }

    void refuseNext(Refusal refusal) {
        synchronized (refusals) {
            refusals.add(refusal);
        }
    }

    private void text(ServerWebSocket ws, UUID desktopId, AgentMessage message) {
        heard.add(message);
        if (message instanceof AgentMessage.Hello hello) {
            var verdicts = hello.held().stream().map(this::verdict).toList();
            socket = ws;
            send(ws, new ServerMessage.Welcome(desktopId, Instant.now(), verdicts));
            hellos.add(hello); // what a test sends now comes after the welcome
        } else if (message instanceof AgentMessage.Finished finished && ackOutcome) {
            send(ws, new ServerMessage.OutcomeStored(finished.recordId(), finished.attempt()));
        }
    }

    private ServerMessage.Verdict verdict(AgentMessage.Held held) {
        var stored = stored(new AttemptId(held.recordId(), held.attempt()));
        return new ServerMessage.Verdict(
                held.recordId(), held.attempt(), verdict.apply(held), stored.nextSeq, stored.next(0), stored.next(1));
    }

    StoredOutput stored(AttemptId id) {
        return outputs.computeIfAbsent(id, ignored -> new StoredOutput());
    }

    private void output(ServerWebSocket ws, AgentMessage.Output output) {
        heard.add(output);
        if (!ackOutput) {
            return;
        }
        var stored = stored(new AttemptId(output.recordId(), output.attempt()));
        boolean expected = stored.add(output);
        send(
                ws,
                new ServerMessage.OutputStored(
                        output.recordId(),
                        output.attempt(),
                        stored.nextSeq,
                        stored.next(0),
                        stored.next(1),
                        !expected));
    }

    static void send(ServerWebSocket ws, ServerMessage message) {
        var unused = ws.writeTextMessage(Wire.encode(message));
    }

    void send(ServerMessage message) {
        ServerWebSocket ws = socket;
        if (ws == null) {
            throw new AssertionError("no session");
        }
        send(ws, message);
    }

    /** Asks the connected desktop to run a shell script; answers its id. */
    AttemptId run(String text) {
        return run(text, 60, Protocol.DEFAULT_OUTPUT_LIMIT_BYTES);
    }

    AttemptId run(String text, int timeoutSeconds, int limit) {
        var id = new AttemptId(UUID.randomUUID(), 1);
        send(runScript(id, text, timeoutSeconds, limit));
        return id;
    }

    ServerMessage.RunScript runScript(AttemptId id, String text, int timeoutSeconds, int limit) {
        UUID desktopId = publicKeys.keySet().iterator().next();
        var unsigned = new ServerMessage.RunScript(
                desktopId, id.recordId(), id.attempt(), ScriptType.SHELL, text, timeoutSeconds, limit);
        byte[] other = "an order for somebody else".getBytes(StandardCharsets.UTF_8);
        OrderTree tree = OrderTree.of(List.of(other, unsigned.leaf(ServerMessage.RunScript.digest(text))));
        byte[] signature = workKey.sign(ServerMessage.RunScript.signedRoot(tree.root()));
        return unsigned.signed(Base64.getEncoder().encodeToString(signature), tree.proof(1));
    }

    /** For the connected desktop, in the boot that it told of last. */
    ServerMessage.PowerOrder powerOrder(PowerAction action, Instant issuedAt) {
        return powerOrder(action, issuedAt, Instant.now().plusSeconds(300));
    }

    ServerMessage.PowerOrder powerOrder(PowerAction action, Instant issuedAt, Instant expiresAt) {
        UUID desktopId = publicKeys.keySet().iterator().next();
        String bootId = hellos.get(hellos.size() - 1).host().bootId();
        var order = new ServerMessage.PowerOrder(
                desktopId, UUID.randomUUID(), action, false, bootId, issuedAt, expiresAt, "");
        return order.signed(Base64.getEncoder().encodeToString(workKey.sign(order.signedContent())));
    }

    ServerMessage.SnapshotOrder snapshotOrder(Instant issuedAt, Instant expiresAt) {
        UUID desktopId = publicKeys.keySet().iterator().next();
        var order = new ServerMessage.SnapshotOrder(desktopId, UUID.randomUUID(), issuedAt, expiresAt, "");
        return order.signed(Base64.getEncoder().encodeToString(workKey.sign(order.signedContent())));
    }

    List<AgentMessage.SnapshotNews> news(ServerMessage.SnapshotOrder order) {
        return heard.stream()
                .filter(AgentMessage.SnapshotNews.class::isInstance)
                .map(AgentMessage.SnapshotNews.class::cast)
                .filter(news -> news.orderId().equals(order.orderId()))
                .toList();
    }

    ServerMessage.PowerOrder powerOrder(PowerAction action, boolean force, ServerMessage.Notice notice) {
        UUID desktopId = publicKeys.keySet().iterator().next();
        String bootId = hellos.get(hellos.size() - 1).host().bootId();
        Instant now = Instant.now();
        var order = new ServerMessage.PowerOrder(
                desktopId, UUID.randomUUID(), action, force, bootId, now, now.plusSeconds(300), notice, "");
        return order.signed(Base64.getEncoder().encodeToString(workKey.sign(order.signedContent())));
    }

    ServerMessage.WakeDesktops wake(String network, List<String> macs, Instant expiresAt) {
        UUID desktopId = publicKeys.keySet().iterator().next();
        var order = new ServerMessage.WakeDesktops(desktopId, network, macs, expiresAt, "");
        return order.signed(Base64.getEncoder().encodeToString(workKey.sign(order.signedContent())));
    }

    ServerMessage.PowerStep powerStep(Step step, PowerAction action, String bootId) {
        UUID desktopId = publicKeys.keySet().iterator().next();
        var order = new ServerMessage.PowerStep(desktopId, UUID.randomUUID(), 1, step, action, bootId, "");
        return order.signed(Base64.getEncoder().encodeToString(workKey.sign(order.signedContent())));
    }

    List<AgentMessage.PowerTaken> taken(ServerMessage.PowerOrder order) {
        return heard.stream()
                .filter(AgentMessage.PowerTaken.class::isInstance)
                .map(AgentMessage.PowerTaken.class::cast)
                .filter(taken -> taken.orderId().equals(order.orderId()))
                .toList();
    }

    AgentMessage.Finished finished(AttemptId id) {
        return Eventually.get(
                "the outcome of " + id, Duration.ofSeconds(30), () -> find(AgentMessage.Finished.class, id));
    }

    AgentMessage.Started started(AttemptId id) {
        return Eventually.get("the start of " + id, Duration.ofSeconds(30), () -> find(AgentMessage.Started.class, id));
    }

    <T extends AgentMessage> Optional<T> find(Class<T> type, AttemptId id) {
        return count(type, id).stream().findFirst();
    }

    <T extends AgentMessage> List<T> count(Class<T> type, AttemptId id) {
        return heard.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .filter(message -> idOf(message).equals(id))
                .toList();
    }

    private static AttemptId idOf(AgentMessage message) {
        if (message instanceof AgentMessage.Finished m) {
            return new AttemptId(m.recordId(), m.attempt());
        }
        if (message instanceof AgentMessage.Started m) {
            return new AttemptId(m.recordId(), m.attempt());
        }
        if (message instanceof AgentMessage.PowerAccepted m) {
            return new AttemptId(m.recordId(), m.attempt());
        }
        throw new AssertionError("no attempt in " + message);
    }

    /** The host info told last, by a hello or by itself. */
    Optional<HostInfo> host() {
        HostInfo last = null;
        for (AgentMessage message : heard) {
            if (message instanceof AgentMessage.Hello hello) {
                last = hello.host();
            } else if (message instanceof AgentMessage.HostChanged changed) {
                last = changed.host();
            }
        }
        return Optional.ofNullable(last);
    }

    void awaitHello(int count) {
        Eventually.until(count + " hellos", Duration.ofSeconds(30), () -> hellos.size() >= count && socket != null);
    }

    /** Ends the session without a word, as a lost network does. */
    void dropSession() {
        ServerWebSocket ws = socket;
        socket = null;
        if (ws != null) {
            await(ws.close());
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
