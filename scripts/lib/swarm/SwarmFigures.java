package io.deskwave.agent;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a swarm counts. Any thread. */
public final class SwarmFigures {
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
    private final Latencies latencies = new Latencies();

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

    void stored(long nanos) {
        latencies.add(nanos);
    }

    JsonObject json() {
        return new JsonObject()
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
    }

    /** With the times from RunScript to OutcomeStored. */
    JsonObject jsonWithTimes() {
        return json().put("times", latencies.json());
    }

    /** Those of several processes together. */
    public static JsonObject sum(List<JsonObject> parts) {
        var sum = new JsonObject();
        for (JsonObject part : parts) {
            part.forEach(each -> {
                Object before = sum.getValue(each.getKey());
                if (each.getValue() instanceof JsonObject times) {
                    sum.put(each.getKey(), before == null ? times : sum(List.of((JsonObject) before, times)));
                } else if (each.getKey().endsWith("_seconds")) {
                    sum.put(each.getKey(), Math.max(before == null ? 0 : (double) before, (double) each.getValue()));
                } else {
                    sum.put(each.getKey(), (before == null ? 0 : ((Number) before).longValue())
                            + ((Number) each.getValue()).longValue());
                }
            });
        }
        return sum;
    }

    /** What is printed at the end: percentiles in place of the times they come from. */
    public static String lastLine(JsonObject figures) {
        var times = (JsonObject) figures.remove("times");
        return figures.put("p50_ms", Latencies.percentile(times, 50))
                .put("p99_ms", Latencies.percentile(times, 99))
                .put("max_ms", Latencies.percentile(times, 100))
                .encode();
    }
}
