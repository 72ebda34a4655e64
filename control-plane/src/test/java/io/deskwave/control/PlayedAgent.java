package io.deskwave.control;

import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.Waiting;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Assertion;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** The identity of a desktop, and processes that come in with it. */
final class PlayedAgent {
    private final WebSocketClient client;
    private final SigningKey key = SigningKey.generate();
    final UUID desktop;

    PlayedAgent(Vertx vertx, Database database, String projectId) {
        client = vertx.createWebSocketClient();
        String text = key.verifyingKey().toBase64();
        var enrolled = new IdentityStore.New(projectId, null, "pc", text, host());
        desktop = Objects.requireNonNull(await(new IdentityStore().insert(database.client(), List.of(enrolled)))
                .get(text));
    }

    /** One session: what it was told, and whether it is over. */
    static final class Talk {
        final List<ServerMessage> heard = new CopyOnWriteArrayList<>();
        final WebSocket socket;
        volatile boolean ended;

        private Talk(WebSocket socket) {
            this.socket = socket;
        }

        /** Waits until it is told this. */
        <M extends ServerMessage> M hears(Class<M> type) {
            Waiting.until(type.getSimpleName(), () -> heard.stream().anyMatch(type::isInstance));
            return heard.stream()
                    .filter(type::isInstance)
                    .map(type::cast)
                    .findFirst()
                    .orElseThrow();
        }

        void says(AgentMessage message) {
            await(socket.writeTextMessage(Wire.encode(message)));
        }
    }

    /** Succeeds with the welcome. */
    Future<Talk> comeTo(ControlPlane node, UUID instance) {
        var assertion = new Assertion(Assertion.SESSION_AUDIENCE, desktop, host().machineId(), instance, Instant.now());
        var hello = new AgentMessage.Hello(
                Protocol.VERSION,
                "0.1.0",
                instance,
                Set.of(Protocol.POWER_ORDERS),
                Set.of(ScriptType.SHELL),
                host(),
                List.of());
        return client.connect(new WebSocketConnectOptions()
                        .setAbsoluteURI(node.url().replaceFirst("http", "ws") + Protocol.SESSION_PATH)
                        .putHeader("Authorization", Protocol.ASSERTION_SCHEME + assertion.sign(key)))
                .compose(socket -> {
                    var talk = new Talk(socket);
                    Promise<Talk> welcomed = Promise.promise();
                    socket.closeHandler(closed -> {
                        talk.ended = true;
                        welcomed.tryFail("closed before the welcome");
                    });
                    socket.textMessageHandler(text -> {
                        talk.heard.add(Wire.decodeServerMessage(text));
                        welcomed.tryComplete(talk);
                    });
                    return socket.writeTextMessage(Wire.encode(hello)).compose(said -> welcomed.future());
                });
    }
}
