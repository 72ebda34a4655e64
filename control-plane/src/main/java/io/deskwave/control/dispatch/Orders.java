package io.deskwave.control.dispatch;

import static java.util.Objects.requireNonNull;

import io.deskwave.control.db.Turns;
import io.deskwave.control.execution.Assignment;
import io.deskwave.control.execution.Assignment.Source;
import io.deskwave.control.execution.Assignments;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns claimed records into signed orders and sends them. Used on one event loop. */
final class Orders {
    /** Under one signature: enough to make it cheap, few enough that the proof is short. */
    static final int TOGETHER = 256;

    private static final int TEXTS = 16;

    private static final Logger LOG = LoggerFactory.getLogger(Orders.class);

    private final Vertx vertx;
    private final Assignments assignments;
    private final Outbound outbound;
    private final OrderSigner signer;
    /** Texts that were sent last: most orders of a task follow each other. */
    private final Map<Source, String> lately = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Source, String> eldest) {
            return size() > TEXTS;
        }
    };

    Orders(Vertx vertx, Assignments assignments, Outbound outbound, OrderSigner signer) {
        this.vertx = vertx;
        this.assignments = assignments;
        this.outbound = outbound;
        this.signer = signer;
    }

    /**
     * A stop may overtake an order: the agent keeps that, and then starts nothing.
     *
     * @param isFresh whether what was read of the records may still be acted on; fails when not
     */
    Future<Void> send(List<Assignment> ready, BooleanSupplier isFresh) {
        return texts(ready).compose(texts -> {
            List<RunScript> unsigned = ready.stream()
                    .map(a -> order(a, requireNonNull(texts.get(a.source()))))
                    .toList();
            return signer.sign(unsigned).compose(signed -> tell(ready, signed, isFresh));
        });
    }

    private Future<Map<Source, String>> texts(List<Assignment> ready) {
        Map<Source, String> texts = new HashMap<>();
        Set<Source> unknown = new LinkedHashSet<>();
        for (Assignment a : ready) {
            String known = lately.get(a.source());
            if (known == null) {
                unknown.add(a.source());
            } else {
                texts.put(a.source(), known);
            }
        }
        return unknown.isEmpty()
                ? Future.succeededFuture(texts)
                : assignments.texts(unknown).map(read -> {
                    lately.putAll(read);
                    texts.putAll(read);
                    return texts;
                });
    }

    private Future<Void> tell(List<Assignment> ready, List<RunScript> signed, BooleanSupplier isFresh) {
        var sent = new AtomicInteger();
        Queue<Integer> places =
                new ArrayDeque<>(IntStream.range(0, signed.size()).boxed().toList());
        return Turns.drain(vertx, places, i -> {
                    if (!isFresh.getAsBoolean()) {
                        throw new IllegalStateException(
                                "this node stood still, or was too slow: the records are looked up again");
                    }
                    RunScript order = signed.get(i);
                    if (outbound.send(order.desktopId(), ready.get(i).sessionEpoch(), order)) {
                        sent.incrementAndGet();
                        LOG.debug(
                                "record {}/{} sent to desktop {}",
                                order.recordId(),
                                order.attempt(),
                                order.desktopId());
                    }
                })
                .onSuccess(told ->
                        LOG.info("{} records sent to their desktops, the first is {}", sent.get(), signed.get(0)));
    }

    private static RunScript order(Assignment a, String text) {
        return new RunScript(
                a.desktopId(),
                a.recordId(),
                a.attempt(),
                a.scriptType(),
                text,
                a.executionTimeoutMinutes() * 60,
                Protocol.DEFAULT_OUTPUT_LIMIT_BYTES);
    }
}
