package io.deskwave.control.e2e;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Watches a task over its live WebSocket and keeps every event. */
final class Watcher implements WebSocket.Listener {
    final List<JsonObject> events = new CopyOnWriteArrayList<>();
    private final StringBuilder frame = new StringBuilder();
    private volatile boolean closed;

    static Watcher on(Installation installation, String taskId) {
        return on(
                URI.create(installation
                        .uri("/v2/" + installation.project() + "/script-execution-tasks/" + taskId + "/live")
                        .toString()
                        .replace("http:", "ws:")),
                installation.token());
    }

    static Watcher on(URI live, String token) {
        var watcher = new Watcher();
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("X-Auth-Token", token)
                .buildAsync(live, watcher)
                .join();
        assert socket != null;
        return watcher;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        frame.append(data);
        if (last) {
            events.add(new JsonObject(frame.toString()));
            frame.setLength(0);
        }
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        closed = true;
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    void awaitEnd(int seconds) {
        Eventually.holds(
                seconds,
                () -> events.stream().anyMatch(event -> event.getString("type").equals("end")),
                () -> "no end: " + events);
    }

    /** What one record wrote to a stream as it was shown; fails when an event does not go on where the one before ended. */
    String text(String recordId, String stream) {
        var text = new StringBuilder();
        long next = 0;
        for (JsonObject event : events) {
            if (event.getString("type").equals("output")
                    && event.getString("record_id").equals(recordId)
                    && event.getString("stream").equals(stream)) {
                if (event.getLong("offset") != next) {
                    throw new AssertionError("expected offset " + next + ": " + event);
                }
                String piece = event.getString("text");
                text.append(piece);
                next += piece.getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return text.toString();
    }

    /** All text of one stream, in the order of the events. */
    String text(String stream) {
        var text = new StringBuilder();
        for (JsonObject event : events) {
            if (event.getString("type").equals("output")
                    && event.getString("stream").equals(stream)) {
                text.append(event.getString("text"));
            }
        }
        return text.toString();
    }
}
