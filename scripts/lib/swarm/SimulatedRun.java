package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a simulated agent: what {@link ScriptRun} is, without a process and with its journal in memory. The output
 * is there at once when the run ends; how it is sent, acked and resent is the agent's own {@link OutputCursor}. Event loop.
 */
final class SimulatedRun {
    private static final long FULL_SOCKET_MILLIS = 20;
    private static final byte[] LINE =
            "the quick simulated agent writes sixty-four bytes a line: 1234..\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final Vertx vertx;
    private final Outbox outbox;
    private final SwarmFigures figures;
    private final AttemptId id;
    private final long limit;
    private final long askedNanos = System.nanoTime();
    private final OutputCursor cursor;
    private @Nullable Instant startedAt;
    private @Nullable Outcome outcome;
    private long bytes;
    private boolean live = true;
    private boolean finishedSent;
    private long timer = -1;

    SimulatedRun(Vertx vertx, Outbox outbox, SwarmFigures figures, AttemptId id, long limit) {
        this.vertx = vertx;
        this.outbox = outbox;
        this.figures = figures;
        this.id = id;
        this.limit = limit;
        this.cursor = new OutputCursor(limit, null, null);
    }

    AttemptId id() {
        return id;
    }

    AgentMessage.Held held() {
        return new AgentMessage.Held(id.recordId(), id.attempt(), startedAt, outcome != null);
    }

    /** Counts as one true start. */
    void start(long delayMillis, long timeoutMillis, long outputBytes, int exitCode) {
        figures.started(id);
        startedAt = Instant.now();
        bytes = outputBytes;
        tellStarted();
        if (delayMillis > timeoutMillis) {
            timer = vertx.setTimer(
                    timeoutMillis, t -> end(ResultCode.TIMED_OUT, OptionalInt.empty(), "ended: its time was up"));
        } else if (delayMillis > 0) {
            timer = vertx.setTimer(delayMillis, t -> end(ResultCode.EXITED, OptionalInt.of(exitCode), ""));
        } else {
            end(ResultCode.EXITED, OptionalInt.of(exitCode), "");
        }
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
        vertx.cancelTimer(timer);
        var sizes = new OutputSpool.Sizes(bytes, 0, OutputStreamName.STDOUT);
        outcome = Outcomes.of(code, exit, startedAt != null, reason, sizes, null);
        cursor.follow(cursor.planFor(bytes, 0));
        pump();
    }

    /** The session ended: nothing is sent until the next one's verdict. */
    void disconnected() {
        live = false;
    }

    void goOn(Verdict verdict) {
        live = true;
        finishedSent = false;
        cursor.rewind(verdict.nextSeq(), verdict.stdoutOffset(), verdict.stderrOffset());
        tellAgain();
    }

    /** It was asked for once more; the answer comes from memory. */
    void tellAgain() {
        tellStarted();
        finishedSent = false;
        pump();
    }

    void outputStored(long nextSeq, long stdout, long stderr, boolean rewind) {
        if (rewind) {
            figures.rewinds.increment();
            cursor.rewind(nextSeq, stdout, stderr);
        } else {
            cursor.acked(nextSeq);
        }
        pump();
    }

    void forget() {
        vertx.cancelTimer(timer);
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
        if (!live || outcome == null) {
            return;
        }
        if (outbox.isFull()) {
            timer = vertx.setTimer(FULL_SOCKET_MILLIS, t -> pump());
            return;
        }
        for (OutputCursor.Range range : cursor.next(OutputStreamName.STDOUT, bytes, 0)) {
            long seq = cursor.sent(range);
            figures.outputBytes.add(range.length());
            outbox.send(new AgentMessage.Output(
                    id.recordId(), id.attempt(), seq, range.stream(), range.offset(), text(range)));
        }
        if (cursor.isComplete() && !finishedSent) {
            finishedSent = outbox.send(new AgentMessage.Finished(id.recordId(), id.attempt(), outcome));
        }
    }

    private static byte[] text(OutputCursor.Range range) {
        byte[] text = new byte[range.length()];
        for (int i = 0; i < text.length; i++) {
            text[i] = LINE[(int) ((range.offset() + i) % LINE.length)];
        }
        return text;
    }
}
