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
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** The identity of a desktop, and processes that come in with it. */
final class PlayedAgent {
    private final Vertx vertx;
    private final WebSocketClient client;
    private final SigningKey key = SigningKey.generate();
    final UUID desktop;

    PlayedAgent(Vertx vertx, Database database, String projectId) {
        this.vertx = vertx;
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

    private String authorization(UUID instance) {
        var assertion = new Assertion(Assertion.SESSION_AUDIENCE, desktop, host().machineId(), instance, Instant.now());
        return Protocol.ASSERTION_SCHEME + assertion.sign(key);
    }

    private static String hello(UUID instance) {
        return Wire.encode(new AgentMessage.Hello(
                Protocol.VERSION,
                "0.1.0",
                instance,
                Set.of(Protocol.POWER_ORDERS),
                Set.of(ScriptType.SHELL),
                host(),
                List.of()));
    }

    /** A process that comes in, and then hears and says nothing: it answers no ping. Succeeds when it is welcome. */
    Future<NetSocket> comeMutelyTo(ControlPlane node, UUID instance) {
        URI url = URI.create(node.url());
        String upgrade = String.join(
                "\r\n",
                "GET " + Protocol.SESSION_PATH + " HTTP/1.1",
                "Host: localhost",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Authorization: " + authorization(instance),
                "",
                "");
        return vertx.createNetClient().connect(url.getPort(), url.getHost()).compose(socket -> {
            Promise<NetSocket> welcomed = Promise.promise();
            socket.handler(bytes -> {
                String text = bytes.toString();
                if (text.contains("101 Switching")) {
                    socket.write(frame(hello(instance))).onFailure(welcomed::tryFail);
                } else if (text.contains("server_time")) {
                    welcomed.tryComplete(socket);
                }
            });
            return socket.write(upgrade).compose(written -> welcomed.future());
        });
    }

    /** One text frame of more than 125 bytes, masked with zeros. */
    private static Buffer frame(String text) {
        Buffer content = Buffer.buffer(text);
        return Buffer.buffer()
                .appendByte((byte) 0x81)
                .appendByte((byte) (0x80 | 126))
                .appendUnsignedShort(content.length())
                .appendInt(0)
                .appendBuffer(content);
    }

    /** Succeeds with the welcome. */
    Future<Talk> comeTo(ControlPlane node, UUID instance) {
        return client.connect(new WebSocketConnectOptions()
                        .setAbsoluteURI(node.url().replaceFirst("http", "ws") + Protocol.SESSION_PATH)
                        .putHeader("Authorization", authorization(instance)))
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
                    return socket.writeTextMessage(hello(instance)).compose(said -> welcomed.future());
                });
    }
}
