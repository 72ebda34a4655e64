import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.WebSocket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How long a line takes from a script's write to a viewer's WebSocket frame. A script prints the time at which it prints; the
 * viewer, on the same clock, takes the difference when the frame with the line is complete. So the figure holds the start of
 * the {@code date} that prints, the agent's look at the file, the commit, and the way to the viewer.
 */
final class LiveViewer implements WebSocket.Listener {
    private static final String SCRIPT =
            """
            i=0
            while [ $i -lt %d ]; do
              date +%%s%%N
              sleep 0.04
              i=$((i + 1))
            done
            """;
    private static final int PATIENCE_SECONDS = 120;

    private final StringBuilder message = new StringBuilder();
    private final StringBuilder line = new StringBuilder();
    private final List<Double> millis = new ArrayList<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private LiveViewer() {}

    /** Milliseconds of so many lines from one desktop; it takes about a twentieth of a second for each. */
    static Sample measure(Api api, String desktopId, int lines) throws Exception {
        JsonObject order = new JsonObject()
                .put("resource_ids", new JsonArray().add(desktopId))
                .put("command_type", "SHELL")
                .put("command_content", String.format(Locale.ROOT, SCRIPT, lines))
                .put("execution_timeout", 2);
        String taskId = api.post("/script-executions", order).getString("task_id");
        var viewer = new LiveViewer();
        api.watch(taskId, viewer);
        try {
            viewer.ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the viewer of task " + taskId + " saw no end within " + PATIENCE_SECONDS + " s");
        }
        if (viewer.millis.size() != lines) {
            throw new IOException("of " + lines + " lines " + viewer.millis.size() + " were seen");
        }
        return Sample.of(viewer.millis);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        message.append(part);
        if (last) {
            Instant now = Instant.now();
            JsonObject event = new JsonObject(message.toString());
            message.setLength(0);
            if ("output".equals(event.getString("type"))) {
                line.append(event.getString("text"));
                takeLines(now.getEpochSecond() * 1_000_000_000L + now.getNano());
            } else if ("end".equals(event.getString("type"))) {
                ended.complete(null);
            }
        }
        socket.request(1);
        return null;
    }

    private void takeLines(long nowNanos) {
        int last = line.lastIndexOf("\n");
        if (last >= 0) {
            Arrays.stream(line.substring(0, last).split("\n"))
                    .forEach(stamp -> millis.add((nowNanos - Long.parseLong(stamp)) / 1e6));
            line.delete(0, last + 1);
        }
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        ended.completeExceptionally(new IOException("closed before the end: " + code + " " + reason));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
        ended.completeExceptionally(failure);
    }
}
