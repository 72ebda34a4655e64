package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One live WebSocket: says hello, waits for the welcome, notices when the other side went silent. Event loop. */
final class Session {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final Duration PING = Duration.ofSeconds(Protocol.PING_SECONDS);
    private static final Duration SILENCE = Duration.ofSeconds(Protocol.SILENCE_SECONDS);
    private static final int WRITE_QUEUE_BYTES = 256 * 1024;

    private final Vertx vertx;
    private final WebSocket socket;
    private final Consumer<ServerMessage> receiver;
    private final long openedNanos = System.nanoTime();
    private final long pingTimer;
    private final long welcomeTimer;
    private long heardNanos = openedNanos;
    private long pingedNanos = openedNanos;
    private boolean welcomed;
    private String why = "the connection ended";

    Session(
            Vertx vertx,
            WebSocket socket,
            AgentMessage.Hello hello,
            Consumer<ServerMessage> receiver,
            BiConsumer<Duration, String> onClose,
            Duration welcomeWithin) {
        this.vertx = vertx;
        this.socket = socket;
        this.receiver = receiver;
        this.pingTimer = vertx.setPeriodic(PING.toMillis(), ignored -> ping());
        this.welcomeTimer = vertx.setTimer(welcomeWithin.toMillis(), ignored -> unwelcome(welcomeWithin));
        var unused = socket.setWriteQueueMaxSize(WRITE_QUEUE_BYTES)
                .frameHandler(frame -> heardNanos = System.nanoTime())
                .pongHandler(pong -> heardNanos = System.nanoTime())
                .textMessageHandler(this::read)
                .exceptionHandler(e -> why = Outcomes.sentence(e))
                .closeHandler(ignored -> closed(onClose));
        write(socket.writeTextMessage(Wire.encode(hello)));
    }

    private void read(String frame) {
        try {
            ServerMessage message = Wire.decodeServerMessage(frame);
            if (message instanceof ServerMessage.Welcome) {
                welcomed = true;
                boolean unused = vertx.cancelTimer(welcomeTimer);
            }
            receiver.accept(message);
        } catch (RuntimeException e) {
            LOG.error("a message of the control plane was not handled", e);
        }
    }

    private void closed(BiConsumer<Duration, String> onClose) {
        boolean unused = vertx.cancelTimer(pingTimer);
        boolean unusedToo = vertx.cancelTimer(welcomeTimer);
        welcomed = false;
        onClose.accept(Duration.ofNanos(System.nanoTime() - openedNanos), why);
    }

    /** A node that pongs but never welcomes is of no use: another may. */
    private void unwelcome(Duration waited) {
        why = "there was no welcome within " + waited.toMillis() + " ms";
        var unused = socket.close();
    }

    /** A ping that is late itself says that this process slept: then the other side gets another chance. */
    private void ping() {
        long now = System.nanoTime();
        boolean slept = now - pingedNanos > 2 * PING.toNanos();
        pingedNanos = now;
        if (slept) {
            heardNanos = now;
        }
        if (now - heardNanos > SILENCE.toNanos()) {
            why = "the control plane was silent for " + SILENCE.toSeconds() + " s";
            var unused = socket.close();
        } else {
            write(socket.writePing(Buffer.buffer()));
        }
    }

    boolean send(AgentMessage message) {
        if (!welcomed || socket.isClosed()) {
            return false;
        }
        write(
                message instanceof AgentMessage.Output output
                        ? socket.writeBinaryMessage(Buffer.buffer(Wire.encodeOutput(output)))
                        : socket.writeTextMessage(Wire.encode(message)));
        return true;
    }

    private static void write(Future<Void> written) {
        var unused = written.onFailure(e -> LOG.debug("not written, the session is ending: {}", e.toString()));
    }

    boolean isFull() {
        return !socket.isClosed() && socket.writeQueueFull(); // a closed one throws
    }

    Future<Void> close() {
        welcomed = false;
        return socket.close();
    }
}
