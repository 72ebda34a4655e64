package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a simulated agent: what {@link ScriptRun} is, without a process and with its journal in memory. What it
 * wrote follows from its offset, so that any byte can be sent again; how output is sent, acked and resent is the agent's own
 * {@link OutputCursor}. Event loop.
 */
final class SimulatedRun {
    private static final long FULL_SOCKET_MILLIS = 20;
    private static final long WRITE_MILLIS = 50;
    private static final int LINE_BYTES = 65;
    private static final byte[] LINES = "the quick simulated agent writes sixty-four bytes a line: 1234..\n"
            .repeat(2 + Protocol.MAX_OUTPUT_CHUNK_BYTES / LINE_BYTES)
            .getBytes(StandardCharsets.US_ASCII);

    private final Vertx vertx;
    private final Outbox outbox;
    private final SwarmFigures figures;
    private final AttemptId id;
    private final long askedNanos = System.nanoTime();
    private final OutputCursor cursor;
    private @Nullable SimulatedScript script;
    private @Nullable Instant startedAt;
    private @Nullable Outcome outcome;
    private long startedNanos;
    private long bytes;
    private boolean live = true;
    private boolean finishedSent;
    private boolean pumpLater;
    private long endTimer = -1;
    private long writeTimer = -1;

    SimulatedRun(Vertx vertx, Outbox outbox, SwarmFigures figures, AttemptId id, long limit) {
        this.vertx = vertx;
        this.outbox = outbox;
        this.figures = figures;
        this.id = id;
        this.cursor = new OutputCursor(limit, null, null);
    }

    AttemptId id() {
        return id;
    }

    AgentMessage.Held held() {
        return new AgentMessage.Held(id.recordId(), id.attempt(), startedAt, outcome != null);
    }

    /** Counts as one true start. */
    void start(SimulatedScript itsScript, long delayMillis, long timeoutMillis, int exitCode) {
        figures.started(id);
        script = itsScript;
        startedAt = Instant.now();
        startedNanos = System.nanoTime();
        tellStarted();
        if (delayMillis == 0) {
            end(ResultCode.EXITED, OptionalInt.of(exitCode), "");
            return;
        }
        endTimer = delayMillis > timeoutMillis
                ? vertx.setTimer(
                        timeoutMillis, t -> end(ResultCode.TIMED_OUT, OptionalInt.empty(), "ended: its time was up"))
                : vertx.setTimer(delayMillis, t -> end(ResultCode.EXITED, OptionalInt.of(exitCode), ""));
        write();
        if (itsScript.bytesPerSecond() > 0) {
            writeTimer = vertx.setPeriodic(WRITE_MILLIS, t -> write());
        }
    }

    private void write() {
        bytes = written();
        pump();
    }

    private long written() {
        return script == null ? 0 : script.writtenAfter((System.nanoTime() - startedNanos) / 1_000_000);
    }

    void refuse(ResultCode code, String reason) {
        end(code, OptionalInt.empty(), reason);
    }

    void stop() {
        if (outcome == null) {
            end(ResultCode.STOPPED, OptionalInt.empty(), "stopped by a caller");
        }
    }

    private void end(ResultCode code, OptionalInt exit, String reason) {
        cancelTimers();
        bytes = written();
        var sizes = new OutputSpool.Sizes(bytes, 0, OutputStreamName.STDOUT);
        outcome = Outcomes.of(code, exit, startedAt != null, reason, sizes, null);
        cursor.follow(cursor.planFor(bytes, 0));
        pump();
    }

    private void cancelTimers() {
        vertx.cancelTimer(endTimer);
        vertx.cancelTimer(writeTimer);
    }

    /** The session ended: nothing is sent until the next one's verdict. */
    void disconnected() {
        live = false;
    }

    void goOn(Verdict verdict) {
        cursor.rewind(verdict.nextSeq(), verdict.stdoutOffset(), verdict.stderrOffset());
        tellAgain();
    }

    /** It was asked for once more; the answer comes from memory. */
    void tellAgain() {
        live = true;
        tellStarted();
        finishedSent = false;
        pump();
    }

    void outputStored(long nextSeq, long stdout, long stderr, boolean rewind) {
        if (rewind) {
            figures.rewinds.increment();
            cursor.rewind(nextSeq, stdout, stderr);
        } else {
            cursor.acked(nextSeq, stdout, stderr);
        }
        pump();
    }

    void forget() {
        cancelTimers();
        live = false;
        if (finishedSent) {
            figures.finished.increment();
            figures.stored(System.nanoTime() - askedNanos);
            if (outcome != null && (outcome.exitCode() == null || outcome.exitCode() != 0)) {
                figures.failed.increment();
            }
        }
    }

    private void tellStarted() {
        if (live && startedAt != null) {
            outbox.send(new AgentMessage.Started(id.recordId(), id.attempt(), startedAt, "UTF-8"));
        }
    }

    private void pump() {
        if (!live) {
            return;
        }
        if (outbox.isFull()) {
            pumpAgainSoon();
            return;
        }
        cursor.reachedHead(bytes, 0);
        for (OutputCursor.Range range : cursor.next(OutputStreamName.STDOUT, bytes, 0)) {
            long follows = cursor.position(range.stream());
            long seq = cursor.sent(range);
            figures.outputBytes.add(range.length());
            outbox.send(new AgentMessage.Output(
                    id.recordId(), id.attempt(), seq, range.stream(), range.offset(), follows, text(range)));
        }
        if (outcome != null && cursor.isComplete() && !finishedSent) {
            finishedSent = outbox.send(new AgentMessage.Finished(id.recordId(), id.attempt(), outcome));
        }
    }

    private void pumpAgainSoon() {
        if (!pumpLater) {
            pumpLater = true;
            vertx.setTimer(FULL_SOCKET_MILLIS, t -> {
                pumpLater = false;
                pump();
            });
        }
    }

    private static byte[] text(OutputCursor.Range range) {
        byte[] text = new byte[range.length()];
        System.arraycopy(LINES, (int) (range.offset() % LINE_BYTES), text, 0, text.length);
        return text;
    }
}
