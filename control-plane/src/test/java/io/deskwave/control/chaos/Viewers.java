package io.deskwave.control.chaos;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** People who watch tasks live: each begins again from the start when the line breaks, until the story has ended. */
final class Viewers {
    private static final String DATA = "data: ";

    private final Api api;
    private final Journal journal;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        var thread = new Thread(work, "viewer");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Seen> seen = new ArrayList<>();
    private int open;

    /** A stream of an attempt as a viewer saw it. */
    record Key(UUID recordId, int attempt, String stream) {}

    /** A piece of output, and where it is in its stream. */
    record Piece(long offset, String text) {}

    /** What one viewer was told over one line. {@code whole}: up to the story's end. */
    record Seen(UUID taskId, boolean whole, Map<Key, List<Piece>> output) {}

    Viewers(Api api, Journal journal) {
        this.api = api;
        this.journal = journal;
    }

    void watch(String task) {
        synchronized (seen) {
            open++;
        }
        threads.execute(() -> {
            try {
                while (!once(task)) {
                    journal.count("viewers that had to begin again");
                    Wait.pause(500);
                }
                journal.count("stories seen to their end");
            } finally {
                synchronized (seen) {
                    open--;
                }
            }
        });
    }

    /** Whether the story ended. */
    private boolean once(String task) {
        var output = new TreeMap<Key, List<Piece>>(java.util.Comparator.comparing(Key::toString));
        boolean whole = false;
        try (Stream<String> lines = api.events(task)) {
            Iterator<String> each = lines.iterator();
            while (!whole && each.hasNext()) {
                String line = each.next();
                if (line.startsWith(DATA)) {
                    whole = take(new JsonObject(line.substring(DATA.length())), output);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // begins again
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        synchronized (seen) {
            seen.add(new Seen(UUID.fromString(task), whole, output));
        }
        return whole;
    }

    private static boolean take(JsonObject event, Map<Key, List<Piece>> output) {
        if (event.getString("type").equals("output")) {
            var key = new Key(
                    UUID.fromString(event.getString("record_id")),
                    event.getInteger("attempt"),
                    event.getString("stream"));
            String text = event.getString("text");
            if (!text.isEmpty()) {
                output.computeIfAbsent(key, k -> new ArrayList<>()).add(new Piece(event.getLong("offset"), text));
            }
        }
        return event.getString("type").equals("end");
    }

    /** Those who still watch get so long. */
    List<Seen> finish(long seconds) {
        boolean done = Wait.until(java.time.Duration.ofSeconds(seconds), () -> {
            synchronized (seen) {
                return open == 0;
            }
        });
        if (!done) {
            journal.find(open + " viewers were not told the end of a task that had ended within " + seconds + " s");
        }
        threads.shutdownNow();
        synchronized (seen) {
            return List.copyOf(seen);
        }
    }

    /** Long enough for the threads of viewers to be gone. */
    void close() throws InterruptedException {
        threads.shutdownNow();
        boolean unused = threads.awaitTermination(1, TimeUnit.SECONDS);
    }
}
