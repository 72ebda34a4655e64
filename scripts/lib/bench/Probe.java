import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls three operations of the API in turn, one every 20 ms, whether the one before has answered or not, and takes the time
 * from when a call was due: a stall is felt by every caller who comes in it.
 */
final class Probe implements AutoCloseable {
    private static final long EVERY_MILLIS = 20;
    private static final int AT_ONCE = 32;

    private final Map<String, Callable<?>> calls = new LinkedHashMap<>();
    private final Map<String, ConcurrentLinkedQueue<Double>> millis = new LinkedHashMap<>();
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(AT_ONCE);
    private final AtomicLong failed = new AtomicLong();
    private volatile String failure = "";
    private volatile boolean counts;

    Probe(Api api) throws IOException, InterruptedException {
        String record = api.get("/script-execution-records?limit=1")
                .getJsonArray("script_records")
                .getJsonObject(0)
                .getString("id");
        calls.put("list tasks (10)", () -> api.get("/script-execution-tasks?limit=10"));
        calls.put("list records (100)", () -> api.get("/script-execution-records?limit=100"));
        calls.put("show record", () -> api.get("/script-execution-records/" + record));
        calls.keySet().forEach(name -> millis.put(name, new ConcurrentLinkedQueue<>()));
    }

    /** Calls before {@link #count} warm up and are forgotten. */
    void start() {
        List<String> names = List.copyOf(calls.keySet());
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            clock.scheduleAtFixedRate(
                    () -> {
                        long due = System.nanoTime();
                        clock.execute(() -> call(name, due));
                    },
                    i * EVERY_MILLIS,
                    names.size() * EVERY_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    void count() {
        counts = true;
    }

    private void call(String name, long due) {
        boolean counted = counts;
        try {
            calls.get(name).call();
            if (counted) {
                millis.get(name).add(Commands.millisSince(due));
            }
        } catch (Exception e) {
            if (counted) {
                failed.incrementAndGet();
                failure = String.valueOf(e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        clock.shutdown();
        try {
            if (!clock.awaitTermination(30, TimeUnit.SECONDS)) {
                clock.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Map<String, Sample> samples() {
        var samples = new LinkedHashMap<String, Sample>();
        millis.forEach((name, all) -> samples.put(name, Sample.of(all)));
        return samples;
    }

    Sample all() {
        var all = new ArrayList<Double>();
        millis.values().forEach(all::addAll);
        return Sample.of(all);
    }

    /** Calls that were refused or not answered, with the last reason; empty when there were none. */
    String failures() {
        return failed.get() == 0 ? "" : failed + " calls failed, the last: " + failure;
    }
}
