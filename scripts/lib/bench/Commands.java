import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Orders commands for a pool and waits for their end, on the way that any caller of the API has. */
final class Commands {
    private static final long LOOK_MILLIS = 10;

    private final Api api;
    private final String pool;
    private final int patienceSeconds;

    Commands(Api api, String pool, int patienceSeconds) {
        this.api = api;
        this.pool = pool;
        this.patienceSeconds = patienceSeconds;
    }

    /** Milliseconds from before the POST to the answer, and to the look that found the task ended. */
    record Timing(double posted, double ended) {}

    Timing time(String text, int gray) throws IOException, InterruptedException {
        long began = System.nanoTime();
        String task = order(text, gray);
        double posted = millisSince(began);
        awaitEnd(task);
        return new Timing(posted, millisSince(began));
    }

    /** @param text the command; a line for the swarm in it says how it goes */
    String order(String text, int gray) throws IOException, InterruptedException {
        var order = new JsonObject()
                .put("command_type", "SHELL")
                .put("command_content", text)
                .put("execution_timeout", 5);
        if (gray > 0) {
            order.put("gray_count", gray);
        }
        return api.post("/desktop-pools/" + pool + "/script-executions", order).getString("task_id");
    }

    JsonObject awaitEnd(String task) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceSeconds);
        while (true) {
            JsonObject now = find(task);
            if (now.containsKey("end_time")) {
                return now;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("task " + task + " did not end within " + patienceSeconds + " s: total "
                        + now.getInteger("total_num") + ", success " + now.getInteger("success_num") + ", failed "
                        + now.getInteger("failed_num") + ", skip " + now.getInteger("skip_num"));
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    JsonObject find(String task) throws IOException, InterruptedException {
        return api.get("/script-execution-tasks?limit=1&task_id=" + task)
                .getJsonArray("script_tasks")
                .getJsonObject(0);
    }

    void retry(String task) throws IOException, InterruptedException {
        api.post("/script-executions/retry", new JsonObject().put("task_id", task));
    }

    static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }
}
