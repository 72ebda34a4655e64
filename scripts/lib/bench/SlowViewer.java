import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Somebody who watches a task over a bad line: a message, then nothing for a while. */
final class SlowViewer implements WebSocket.Listener {
    private static final long PAUSE_MILLIS = 500;

    private volatile WebSocket socket;

    static SlowViewer watch(Api api, String task) {
        var viewer = new SlowViewer();
        api.watch(task, viewer);
        return viewer;
    }

    @Override
    public void onOpen(WebSocket opened) {
        socket = opened;
        opened.request(1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS).execute(() -> from.request(1));
        return null;
    }

    void leave() {
        if (socket != null) {
            socket.abort();
        }
    }
}
