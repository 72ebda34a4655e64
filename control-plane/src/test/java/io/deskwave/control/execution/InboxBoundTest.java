package io.deskwave.control.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Waiting;
import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.Reports.Report;
import io.deskwave.control.execution.Reports.Stored;
import io.deskwave.protocol.AgentMessage.Output;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Protocol;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two hundred desktops that write without pause while the database is away: each pauses when it is told to. */
final class InboxBoundTest {
    private static final int DESKTOPS = 200;
    private static final int CHUNKS_EACH = 100;
    private static final long MEBIBYTE = 1 << 20;

    private static final class Away extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Inbox inbox = new Inbox(vertx, this::store, Away.class::isInstance, failure -> false, new Lines(1));
    private final Map<UUID, List<Long>> kept = new HashMap<>();
    private final List<Desktop> desktops = new ArrayList<>();
    private final AtomicInteger done = new AtomicInteger();
    private boolean away = true;
    private long waiting;
    private long most;

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private Future<Map<AttemptKey, Stored>> store(List<Report> group) {
        if (away) {
            return Future.failedFuture(new Away());
        }
        for (Report report : group) {
            kept.computeIfAbsent(report.desktopId(), id -> new ArrayList<>())
                    .add(((Report.Printed) report).output().seq());
        }
        return Future.succeededFuture(Map.of());
    }

    /** Sends its chunks in order, as long as the rule of a session lets it. */
    private final class Desktop {
        private final UUID id = UUID.randomUUID();
        private int sent;
        private int unhandled;

        private boolean isPaused() {
            return unhandled > 0 && (unhandled > 2 * Protocol.OUTPUT_WINDOW_BYTES || inbox.isOverfull(id));
        }

        private void goOn() {
            while (sent < CHUNKS_EACH && !isPaused()) {
                send(new byte[Protocol.MAX_OUTPUT_CHUNK_BYTES]);
            }
        }

        private void send(byte[] bytes) {
            unhandled += bytes.length;
            waiting += bytes.length;
            most = Math.max(most, waiting);
            var output = new Output(id, 1, sent++, OutputStreamName.STDOUT, 0, bytes);
            inbox.post(new Report.Printed(id, output))
                    .onSuccess(stored -> {
                        unhandled -= bytes.length;
                        waiting -= bytes.length;
                        int unused = done.incrementAndGet();
                        goOn();
                    })
                    .onFailure(failure -> {
                        throw new AssertionError(failure);
                    });
        }
    }

    @Test
    void whatWaitsIsBoundedAndAllOfItArrivesInOrderAfterwards() throws Exception {
        on(() -> {
            for (int i = 0; i < DESKTOPS; i++) {
                desktops.add(new Desktop());
            }
            for (int round = 0; round < 50; round++) {
                desktops.forEach(Desktop::goOn);
            }
        });
        on(() -> {
            assertThat(waiting).as("of 625 MiB that want to come").isLessThan(112 * MEBIBYTE);
            assertThat(desktops).allMatch(Desktop::isPaused).allMatch(desktop -> desktop.sent > 0);
        });

        on(() -> away = false);

        Waiting.until("all is kept", () -> done.get() == DESKTOPS * CHUNKS_EACH);
        on(() -> {
            assertThat(most).isLessThan(112 * MEBIBYTE);
            assertThat(waiting).isZero();
            assertThat(kept.values())
                    .allSatisfy(seqs -> assertThat(seqs).hasSize(CHUNKS_EACH).isSorted());
        });
    }

    private void on(Runnable work) throws Exception {
        Promise<Void> ran = Promise.promise();
        loop.runOnContext(now -> {
            try {
                work.run();
                ran.complete();
            } catch (AssertionError | RuntimeException e) {
                ran.fail(e);
            }
        });
        ran.future().await(20, TimeUnit.SECONDS);
    }
}
