import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Orders commands for all desktops of a pool, so that there is always something that runs and something that waits. */
final class Tasks {
    /** Scripts take 4 s on the average; a task every 5 s leaves room for what a restart delays. */
    private static final String COMMAND = "echo rolling\n# swarm: delay-millis=500-7500 output-bytes=200\n";

    private static final long EVERY_MILLIS = 5_000;

    private final Callers callers;
    private final String pool;
    private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread = new Thread(this::order, "tasks");
    private volatile boolean stopped;

    Tasks(Callers callers, String pool) {
        this.callers = callers;
        this.pool = pool;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** The tasks that the API answered for. */
    List<String> stop() throws InterruptedException {
        stopped = true;
        thread.interrupt();
        thread.join(TimeUnit.SECONDS.toMillis(60));
        return List.copyOf(acknowledged);
    }

    private void order() {
        HttpClient http = HttpClient.newHttpClient();
        JsonObject body = new JsonObject()
                .put("command_type", "SHELL")
                .put("command_content", COMMAND)
                .put("execution_timeout", 5);
        String path = "/desktop-pools/" + pool + "/script-executions";
        while (!stopped) {
            try {
                HttpResponse<String> answer = callers.send(http, callers.post(path, body), "a task");
                if (answer != null && answer.statusCode() < 300) {
                    acknowledged.add(new JsonObject(answer.body()).getString("task_id"));
                }
                Thread.sleep(EVERY_MILLIS);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                // stopped, or asked to be
            }
        }
    }
}
