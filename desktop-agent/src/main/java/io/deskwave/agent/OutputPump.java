package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.OutputStreamName;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves one run's output from its spool to the control plane, when that listens. Everything but {@link #read} is
 * called on the event loop; read is called on a worker, and what it read is not sent when a rewind came between.
 */
final class OutputPump {
    /** Chunks, and the state of things they were read for. */
    record Read(int generation, List<OutputCursor.Range> ranges, byte[][] chunks) {}

    private final AttemptId id;
    private final Outbox outbox;
    private final OutputSpool spool;
    private final long limit;
    private final OutputCursor cursor;
    private JournalEntry.@Nullable HeadEnd head;
    private boolean live;
    private boolean finishedSent;

    OutputPump(AttemptId id, Outbox outbox, OutputSpool spool, JournalEntry entry) {
        JournalEntry.Order order = entry.order();
        this.id = id;
        this.outbox = outbox;
        this.spool = spool;
        this.limit = order == null ? 0 : order.outputLimitBytes();
        this.head = entry.head();
        this.cursor = new OutputCursor(limit, entry.head(), entry.plan());
    }

    synchronized boolean isLive() {
        return live;
    }

    synchronized void goLive() {
        live = true;
        finishedSent = false;
    }

    synchronized void goQuiet() {
        live = false;
    }

    synchronized void rewind(long nextSeq, long stdout, long stderr) {
        cursor.rewind(nextSeq, stdout, stderr);
    }

    synchronized void acked(long nextSeq, long stdout, long stderr) {
        cursor.acked(nextSeq, stdout, stderr);
    }

    /** On a worker, of a script that runs. */
    Read read(OutputSpool.Sizes sizes) throws IOException {
        JournalEntry.HeadEnd fixed = fixedHead();
        if (fixed != null) {
            spool.punchBehind(fixed, limit - OutputPlan.headBudget(limit), sizes);
        }
        return readPlanned(sizes);
    }

    /** On a worker, of a script that ended; what the disk lost since, in a power failure say, is cut. */
    Read readRest() throws IOException {
        shorten(spool.sizes());
        return readPlanned(null);
    }

    private synchronized void shorten(OutputSpool.Sizes sizes) {
        cursor.shortenTo(sizes.stdout(), sizes.stderr());
    }

    private Read readPlanned(OutputSpool.@Nullable Sizes sizes) throws IOException {
        Read planned = plan(sizes);
        return new Read(planned.generation(), planned.ranges(), spool.read(planned.ranges()));
    }

    private synchronized Read plan(OutputSpool.@Nullable Sizes sizes) {
        if (!live || outbox.isFull()) {
            return new Read(-1, List.of(), new byte[0][]);
        }
        List<OutputCursor.Range> ranges = sizes == null
                ? cursor.next(OutputStreamName.STDOUT, 0, 0)
                : cursor.next(sizes.first(), sizes.stdout(), sizes.stderr());
        return new Read(cursor.generation(), ranges, new byte[0][]);
    }

    private synchronized JournalEntry.@Nullable HeadEnd fixedHead() {
        return head;
    }

    /** Whether anything went out. */
    synchronized boolean send(Read read) {
        if (read.ranges().isEmpty() || !live || read.generation() != cursor.generation()) {
            return false;
        }
        for (int i = 0; i < read.chunks().length; i++) {
            OutputCursor.Range range = read.ranges().get(i);
            long follows = cursor.position(range.stream());
            boolean unused = outbox.send(new AgentMessage.Output(
                    id.recordId(),
                    id.attempt(),
                    cursor.sent(range),
                    range.stream(),
                    range.offset(),
                    follows,
                    read.chunks()[i]));
        }
        return true;
    }

    /** The head's end, as long as it was fixed and is not kept; it has to be in the journal before anything behind it may go. */
    synchronized JournalEntry.@Nullable HeadEnd reachedHead(OutputSpool.Sizes sizes) {
        return head == null ? cursor.reachedHead(sizes.stdout(), sizes.stderr()) : null;
    }

    /** The head's end is in the journal. */
    synchronized void headIsKept(JournalEntry.HeadEnd newHead) {
        head = newHead;
    }

    synchronized OutputPlan planFor(OutputSpool.Sizes sizes) {
        return cursor.planFor(sizes.stdout(), sizes.stderr());
    }

    synchronized void follow(OutputPlan plan) {
        cursor.follow(plan);
    }

    synchronized boolean isComplete() {
        return cursor.isComplete();
    }

    /** Once in a session. */
    synchronized void sendOnce(AgentMessage.Finished message) {
        if (!finishedSent) {
            finishedSent = outbox.send(message);
        }
    }
}
