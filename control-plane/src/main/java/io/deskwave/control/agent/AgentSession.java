package io.deskwave.control.agent;

import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.Reports.Report;
import io.deskwave.control.execution.Reports.Stored;
import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.Step;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One live WebSocket of one agent: turns frames into reports and answers when they are committed. The agent is hostile
 * input: what it names is checked against its own desktop further in. Lives on one event loop.
 */
final class AgentSession implements AgentMessage.Receiver<Future<Void>> {
    private static final Logger LOG = LoggerFactory.getLogger(AgentSession.class);
    private static final int PAUSE_ABOVE_BYTES = 2 * Protocol.OUTPUT_WINDOW_BYTES;

    /** What a message costs besides its bytes: an agent cannot flood the node with small ones either. */
    private static final int MESSAGE_COST_BYTES = 4 * 1024;

    /** An agent that lets this much wait does not read. */
    private static final int WRITE_QUEUE_BYTES = 4 * 1024 * 1024;

    /** Longer than the period of an agent's own pings, and so short that a silent one is asked a period before its end. */
    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(Protocol.PING_SECONDS + 4);

    private static final int MOST_TOLD = 64;
    private static final short PROTOCOL_ERROR = 1002;
    private static final short BROKEN = 1006;

    private final Greeting greeting;
    private final AgentIdentities.Identity identity;
    private final ServerWebSocket socket;
    private final Map<AttemptKey, Stored> told = new HashMap<>();
    private @Nullable Session session;
    private boolean helloSaid;
    private boolean greeted;
    private boolean closed;
    private long heardAt = System.nanoTime();
    private long answeredAt = heardAt;
    private boolean pinged;
    private int unhandled;
    private AgentMessage.@Nullable PowerAccepted accepted;
    private boolean takesPowerOrders;
    private boolean takesSnapshots;
    private boolean endedHere;
    private boolean sentAway;
    private @Nullable Future<Void> powerTaken;
    private Runnable greetedOrClosed = () -> {};

    AgentSession(Greeting greeting, AgentIdentities.Identity identity, ServerWebSocket socket) {
        this.greeting = greeting;
        this.identity = identity;
        this.socket = socket;
        socket.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
        socket.textMessageHandler(frame -> heard(frame.length(), () -> Wire.decodeAgentMessage(frame)));
        socket.binaryMessageHandler(frame -> heard(frame.length(), () -> Wire.decodeOutput(frame.getBytes())));
        socket.frameHandler(frame -> heard());
        socket.pongHandler(pong -> answered()); // also while the socket is paused
        socket.exceptionHandler(failure -> LOG.debug("desktop {}: {}", desktopId(), failure.toString()));
        socket.closeHandler(nothing -> closed());
    }

    UUID desktopId() {
        return identity.desktopId();
    }

    UUID instanceId() {
        return identity.instanceId();
    }

    /** Empty before the hello is stored. */
    Optional<Session> session() {
        return Optional.ofNullable(session);
    }

    /** Called once, at the welcome or at the end, whichever comes first. */
    void onceGreetedOrClosed(Runnable callback) {
        greetedOrClosed = callback;
    }

    private void endHandshake() {
        Runnable callback = greetedOrClosed;
        greetedOrClosed = () -> {};
        callback.run();
    }

    boolean hasSaidHello() {
        return helloSaid;
    }

    void send(ServerMessage message) {
        if (closed || socket.isClosed()) {
            return;
        }
        if (socket.writeQueueFull()) {
            giveUpWhoDoesNotRead();
            return;
        }
        if (message instanceof ServerMessage.PowerOrder order && !takesPowerOrders && session != null) {
            greeting.power()
                    .taken(session, order.orderId(), "the desktop's agent is too old for power orders: update it")
                    .onFailure(failure -> LOG.debug("told again, and answered again: {}", failure.toString()));
            return;
        }
        if (message instanceof ServerMessage.SnapshotOrder order && !takesSnapshots && session != null) {
            greeting.power()
                    .snapshot(
                            session,
                            order.orderId(),
                            Phase.FAILED,
                            "the desktop's agent is too old for snapshots: update it, or give the control plane a provider"
                                    + " that makes them (--provider)")
                    .onFailure(failure -> LOG.debug("told again, and answered again: {}", failure.toString()));
            return;
        }
        sentAway |= message instanceof ServerMessage.GoAway; // the agent ends the session because it was told to
        endedHere |= sentAway;
        socket.writeTextMessage(Wire.encode(message))
                .onFailure(failure -> LOG.debug("desktop {} did not get {}", desktopId(), message));
    }

    private void giveUpWhoDoesNotRead() {
        LOG.warn("desktop {} does not read what it is sent, its session ends", desktopId());
        giveUp("you do not read");
    }

    /** From this side: it says nothing of the machine. */
    void close(String reason) {
        endedHere = true;
        socket.close((short) 1000, Protocol.cut(reason, 100))
                .onFailure(failure -> LOG.debug("desktop {} was gone already", desktopId()));
    }

    /** Ends the session without waiting for the other side, which may not be there any more. */
    void giveUp(String reason) {
        close(reason);
        closed();
    }

    /** The desktop is to come in, or has come in, anew: that this session ends proves nothing at all. */
    void leave(String reason) {
        sentAway = true;
        giveUp(reason);
    }

    /** The same, for a peer that is there and is told why. */
    void leaveInOrder(String reason) {
        sentAway = true;
        close(reason);
    }

    /** Whether the agent answers within the time; asked before a second process takes its place. */
    Future<Boolean> isAlive(Vertx vertx, long withinMillis) {
        long asked = System.nanoTime();
        socket.writePing(Buffer.buffer("alive?")).onFailure(failure -> giveUp("the connection is broken"));
        return vertx.timer(withinMillis, TimeUnit.MILLISECONDS).map(late -> !closed && answeredAt - asked > 0);
    }

    /** An agent pings too, and who was heard need not be asked; nobody is given up without having been asked. */
    void pingOrGiveUp(long nowNanos) {
        long silentNanos = nowNanos - heardAt;
        if (!socket.isClosed() && socket.writeQueueFull()) {
            giveUpWhoDoesNotRead(); // each of its pings is answered, by Vert.x
        } else if (pinged && silentNanos > TimeUnit.SECONDS.toNanos(Protocol.SILENCE_SECONDS)) {
            LOG.info("desktop {} was silent for {} s, its session ends", desktopId(), Protocol.SILENCE_SECONDS);
            giveUp("silent for too long");
        } else if (silentNanos > LATE_NANOS) {
            pinged = true;
            socket.writePing(Buffer.buffer("ping")).onFailure(failure -> LOG.debug("no ping to {}", desktopId()));
        }
    }

    private interface Frame {
        AgentMessage decode();
    }

    private void heard() {
        heardAt = System.nanoTime();
        pinged = false;
    }

    /** A ping of its own is no answer: it may have been on its way for long. */
    private void answered() {
        heard();
        answeredAt = heardAt;
    }

    private void heard(int length, Frame frame) {
        answered();
        if (closed) {
            return;
        }
        try {
            AgentMessage message = frame.decode();
            if (!greeted && !(message instanceof AgentMessage.Hello)) {
                throw new IllegalArgumentException("the first message must be a hello, and nothing before the welcome");
            }
            int cost = length + MESSAGE_COST_BYTES;
            unhandled += cost;
            message.accept(this).onComplete(done -> end(cost)).onFailure(failure -> failed(message, failure));
            if (isTooMuch()) {
                socket.pause();
            }
        } catch (IllegalArgumentException | NullPointerException e) {
            LOG.warn("desktop {} sent what it should not: {}", desktopId(), e.getMessage());
            endedHere = true;
            socket.close(PROTOCOL_ERROR, Protocol.cut(String.valueOf(e.getMessage()), 100))
                    .onFailure(failure -> LOG.debug("desktop {} was gone already", desktopId()));
            closed();
        }
    }

    /** Of this session, or of the desktop with what an earlier session of it left behind. */
    private boolean isTooMuch() {
        return unhandled > 0
                && (unhandled > PAUSE_ABOVE_BYTES || greeting.inbox().isOverfull(desktopId()));
    }

    private void end(int cost) {
        unhandled -= cost;
        if (!closed && !isTooMuch()) {
            socket.resume();
        }
    }

    /** Said once: what else the agent has sent is not looked at any more. */
    private void failed(AgentMessage message, Throwable failure) {
        if (!closed) {
            LOG.warn("desktop {}: {} failed, its session ends: {}", desktopId(), message, failure.toString());
            giveUp("this cannot be handled now");
        }
    }

    @Override
    public Future<Void> hello(AgentMessage.Hello hello) {
        if (helloSaid) {
            throw new IllegalArgumentException("a second hello");
        }
        helloSaid = true;
        takesPowerOrders = hello.abilities().contains(Protocol.POWER_ORDERS);
        takesSnapshots = hello.abilities().contains(Protocol.SNAPSHOTS);
        return greeting.greet(identity, hello).map(welcome -> {
            session = welcome.session();
            if (closed) {
                greeting.gone(this, welcome.session());
                return null;
            }
            greeted = true;
            endHandshake();
            send(welcome.message());
            greeting.ready(this, welcome.session());
            return null;
        });
    }

    @Override
    public Future<Void> hostChanged(AgentMessage.HostChanged message) {
        if (session == null) {
            return Future.succeededFuture();
        }
        return greeting.hostChanged(session, message.host()).map(mine -> {
            if (!mine && !closed) {
                leave("replaced by a newer session, or given up");
            }
            return null;
        });
    }

    @Override
    public Future<Void> started(AgentMessage.Started message) {
        return greeting.inbox()
                .post(new Report.Started(
                        desktopId(),
                        message.recordId(),
                        message.attempt(),
                        message.startedAt(),
                        message.consoleCharset()))
                .mapEmpty();
    }

    @Override
    public Future<Void> output(AgentMessage.Output message) {
        return greeting.inbox().post(new Report.Printed(desktopId(), message)).map(stored -> {
            tellStored(message, stored);
            return null;
        });
    }

    /** Once for each stand: a group of chunks has one, and a rewind asked for twice would be done twice. */
    private void tellStored(AgentMessage.Output output, Stored stored) {
        if (told.size() > MOST_TOLD) {
            told.clear(); // a desktop runs one record at a time: this one names what it does not run
        }
        if (!stored.equals(told.put(new AttemptKey(output.recordId(), output.attempt()), stored))) {
            send(new ServerMessage.OutputStored(
                    output.recordId(),
                    output.attempt(),
                    stored.nextSeq(),
                    stored.stdoutEnd(),
                    stored.stderrEnd(),
                    stored.rewind()));
        }
    }

    @Override
    public Future<Void> finished(AgentMessage.Finished message) {
        return greeting.inbox()
                .post(new Report.Finished(desktopId(), message.recordId(), message.attempt(), message.outcome()))
                .map(stored -> {
                    told.remove(new AttemptKey(message.recordId(), message.attempt()));
                    send(new ServerMessage.OutcomeStored(message.recordId(), message.attempt()));
                    LOG.debug(
                            "record {}/{} on desktop {}: {} {}",
                            message.recordId(),
                            message.attempt(),
                            desktopId(),
                            message.outcome().code(),
                            message.outcome().exitCode() == null
                                    ? ""
                                    : message.outcome().exitCode());
                    return null;
                });
    }

    @Override
    public Future<Void> powerAccepted(AgentMessage.PowerAccepted message) {
        if (message.error() != null) {
            return greeting.stepFailed(desktopId(), message, message.error());
        }
        accepted = message;
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> powerTaken(AgentMessage.PowerTaken message) {
        if (session == null) {
            return Future.succeededFuture();
        }
        Future<Void> stored =
                greeting.power().taken(session, message.orderId(), message.error(), message.actsInSeconds());
        powerTaken = stored;
        return stored;
    }

    @Override
    public Future<Void> snapshotNews(AgentMessage.SnapshotNews message) {
        return session == null
                ? Future.succeededFuture()
                : greeting.power().snapshot(session, message.orderId(), message.phase(), message.text());
    }

    private void closed() {
        if (closed) {
            return;
        }
        closed = true;
        endHandshake();
        if (greeted && session != null) {
            AgentMessage.PowerAccepted step = accepted;
            greeting.gone(this, session);
            tellPower(session);
            if (step != null && step.step() == Step.POST_FINISH && !sentAway) {
                greeting.stopProven(desktopId(), step);
            }
        }
    }

    /**
     * Once it is stored that the agent took an order, the end of its session is the proof, when the agent said that it ends; of
     * a connection that broke nobody knows why.
     */
    private void tellPower(Session ended) {
        if (powerTaken != null && !endedHere && saidGoodbye(socket)) {
            powerTaken.onSuccess(stored -> greeting.power().ended(ended)).onFailure(failure -> LOG.debug("not taken"));
        }
    }

    /** Of a socket that is closed: whether the other side closed it, rather than that the connection broke. */
    static boolean saidGoodbye(ServerWebSocket socket) {
        Short code = socket.closeStatusCode();
        return code != null && code != BROKEN;
    }
}
