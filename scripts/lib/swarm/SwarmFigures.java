package io.deskwave.agent;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a swarm counts. Any thread. */
final class SwarmFigures {
    final LongAdder sessions = new LongAdder();
    final LongAdder reconnects = new LongAdder();
    final LongAdder connected = new LongAdder();
    final LongAdder refusedBusy = new LongAdder();
    final LongAdder refusedOther = new LongAdder();
    final LongAdder enrollBusy = new LongAdder();
    final LongAdder redelivered = new LongAdder();
    final LongAdder badSignatures = new LongAdder();
    final LongAdder started = new LongAdder();
    final LongAdder doubledStarts = new LongAdder();
    final LongAdder finished = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder held = new LongAdder();
    final LongAdder outputBytes = new LongAdder();
    final LongAdder rewinds = new LongAdder();
    volatile double enrolledSeconds;
    volatile double readySeconds;

    private final int agents;
    private final Map<AttemptId, Integer> starts = new ConcurrentHashMap<>();
    private long[] latencyNanos = new long[1024];
    private int latencies;

    SwarmFigures(int agents) {
        this.agents = agents;
    }

    /** A process would start here. */
    void started(AttemptId id) {
        started.increment();
        if (starts.merge(id, 1, Integer::sum) == 2) {
            doubledStarts.increment();
        }
    }

    synchronized void stored(long nanos) {
        if (latencies == latencyNanos.length) {
            latencyNanos = Arrays.copyOf(latencyNanos, 2 * latencies);
        }
        latencyNanos[latencies++] = nanos;
    }

    /** @param whole with the percentiles from RunScript to OutcomeStored, which cost a sort */
    synchronized JsonObject json(boolean whole) {
        var json = new JsonObject()
                .put("agents", agents)
                .put("connected", connected.sum())
                .put("enrolled_seconds", enrolledSeconds)
                .put("ready_seconds", readySeconds)
                .put("sessions", sessions.sum())
                .put("reconnects", reconnects.sum())
                .put("refused_busy", refusedBusy.sum())
                .put("refused_other", refusedOther.sum())
                .put("enroll_refused_busy", enrollBusy.sum())
                .put("started", started.sum())
                .put("doubled_starts", doubledStarts.sum())
                .put("redelivered", redelivered.sum())
                .put("bad_signatures", badSignatures.sum())
                .put("finished", finished.sum())
                .put("failed", failed.sum())
                .put("held", held.sum())
                .put("output_bytes", outputBytes.sum())
                .put("rewinds", rewinds.sum());
        if (whole && latencies > 0) {
            long[] sorted = Arrays.copyOf(latencyNanos, latencies);
            Arrays.sort(sorted);
            json.put("p50_ms", percentile(sorted, 50))
                    .put("p99_ms", percentile(sorted, 99))
                    .put("max_ms", percentile(sorted, 100));
        }
        return json;
    }

    /** Nearest rank, in milliseconds. */
    private static double percentile(long[] sorted, int percent) {
        return Math.round(sorted[(int) Math.ceil(percent / 100.0 * sorted.length) - 1] / 1e5) / 10.0;
    }
}
