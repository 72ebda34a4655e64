import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Who call the API all the time, as sensible clients do: after a broken connection or a 503 they come again, once, when they
 * were told to. What fails then is kept.
 */
final class Callers {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long BETWEEN_MILLIS = 25;
    private static final long AFTER_A_BREAK_MILLIS = 200;
    private static final int KEPT = 20;

    private final Api api;
    private final LongAdder requests = new LongAdder();
    private final ConcurrentSkipListMap<String, LongAdder> comeAgain = new ConcurrentSkipListMap<>();
    private final List<String> failed = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    Callers(Api api) {
        this.api = api;
    }

    void start(int number) {
        for (int i = 0; i < number; i++) {
            int lane = i;
            var thread = new Thread(() -> call(lane), "caller-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join(PATIENCE.toMillis() * 2);
        }
    }

    private void call(int lane) {
        HttpClient http = HttpClient.newHttpClient();
        try {
            for (int i = lane; !stopped; i++) {
                HttpResponse<String> unused = send(http, request(i), Integer.toString(i));
                Thread.sleep(BETWEEN_MILLIS);
            }
        } catch (IOException e) {
            failed.add(lane + " gave up: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpRequest request(int i) {
        return switch (i % 5) {
            case 0 -> api.request("/script-execution-tasks?limit=10").GET().timeout(PATIENCE).build();
            case 1 -> api.request("/script-execution-records?limit=10").GET().timeout(PATIENCE).build();
            case 2 -> api.request("/desktops?limit=10").GET().timeout(PATIENCE).build();
            case 3 -> post("/scripts", new JsonObject()
                    .put("name", "rolling-" + System.nanoTime())
                    .put("type", "SHELL")
                    .put("content", "true"));
            default -> api.request("/scripts?limit=10").GET().timeout(PATIENCE).build();
        };
    }

    HttpRequest post(String path, JsonObject body) {
        return api.request(path)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
    }

    /** The answer, of the second try where there was one; null when there was none. */
    HttpResponse<String> send(HttpClient http, HttpRequest request, String what) throws IOException, InterruptedException {
        requests.increment();
        HttpResponse<String> first;
        try {
            first = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (first.statusCode() < 500) {
                return judged(request, first, what);
            }
            count(Integer.toString(first.statusCode()));
            long seconds = Long.parseLong(first.headers().firstValue("Retry-After").orElse("0"));
            if (first.statusCode() != 503 || seconds <= 0) {
                return judged(request, first, what);
            }
            TimeUnit.SECONDS.sleep(seconds);
        } catch (IOException e) {
            count("broken connection");
            Thread.sleep(AFTER_A_BREAK_MILLIS);
        }
        try {
            return judged(request, http.send(request, HttpResponse.BodyHandlers.ofString()), what + " again");
        } catch (IOException e) {
            keep(request, what + " again: " + e);
            return null;
        }
    }

    private HttpResponse<String> judged(HttpRequest request, HttpResponse<String> answer, String what) {
        if (answer.statusCode() >= 400) {
            keep(request, what + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer;
    }

    private void count(String what) {
        comeAgain.computeIfAbsent(what, first -> new LongAdder()).increment();
    }

    private void keep(HttpRequest request, String what) {
        if (failed.size() < KEPT) {
            failed.add(request.method() + " " + request.uri().getPath() + " " + what);
        }
    }

    long requests() {
        return requests.sum();
    }

    /** Why requests were sent a second time, and how often. */
    TreeMap<String, Long> comeAgain() {
        var counts = new TreeMap<String, Long>();
        comeAgain.forEach((what, count) -> counts.put(what, count.sum()));
        return counts;
    }

    List<String> failed() {
        return List.copyOf(failed);
    }
}
