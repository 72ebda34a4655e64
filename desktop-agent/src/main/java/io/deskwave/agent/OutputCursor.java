package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Protocol;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the output of one attempt was sent and acked. Decides what to send next: live the head, then nothing until the
 * process ended, then what the {@link OutputPlan} says; never more unacked bytes than the window. Does no I/O.
 *
 * <p>A chunk that follows one which is refused must not be taken in its place: a number alone does not tell, since the same
 * bytes go in chunks of another size after a rewind. So after a rewind one chunk goes at a time, until one was acked as it
 * was sent.
 */
final class OutputCursor {
    /** Bytes of a stream. */
    record Range(OutputStreamName stream, long offset, int length) {}

    private record Unacked(long seq, Range range) {
        long end() {
            return range.offset() + range.length();
        }
    }

    /** Written beyond the limit before the head is fixed without having been sent. */
    private static final long UNHEARD_BYTES = 4L * 1024 * 1024;

    private final long limit;
    private final ArrayDeque<Unacked> unacked = new ArrayDeque<>();
    private long nextSeq;
    private long stdout;
    private long stderr;
    private long unackedBytes;
    private int generation;
    private boolean oneAtATime;
    private JournalEntry.@Nullable HeadEnd head;
    private @Nullable OutputPlan plan;

    OutputCursor(long limit, JournalEntry.@Nullable HeadEnd head, @Nullable OutputPlan plan) {
        this.limit = limit;
        this.head = head;
        this.plan = plan;
    }

    /** Changes with every rewind: what was read before it must not be sent. */
    int generation() {
        return generation;
    }

    /** What may be sent now, {@code first} stream first. */
    List<Range> next(OutputStreamName first, long sizeStdout, long sizeStderr) {
        var ranges = new ArrayList<Range>();
        if (oneAtATime && !unacked.isEmpty()) {
            return ranges;
        }
        long room = Protocol.OUTPUT_WINDOW_BYTES - unackedBytes;
        long budget = OutputPlan.headBudget(limit) - stdout - stderr;
        var second = first == OutputStreamName.STDOUT ? OutputStreamName.STDERR : OutputStreamName.STDOUT;
        for (OutputStreamName stream : List.of(first, second)) {
            long size = stream == OutputStreamName.STDOUT ? sizeStdout : sizeStderr;
            long offset = position(stream);
            while (true) {
                offset = plan == null ? offset : plan.of(stream).next(offset);
                long until = until(stream, offset, size, budget);
                long length = Math.min(Math.min(room, until - offset), Protocol.MAX_OUTPUT_CHUNK_BYTES);
                if (length <= 0) {
                    break;
                }
                ranges.add(new Range(stream, offset, (int) length));
                if (oneAtATime) {
                    return ranges;
                }
                offset += length;
                room -= length;
                budget -= length;
            }
        }
        return ranges;
    }

    private long until(OutputStreamName stream, long offset, long size, long budget) {
        if (plan != null) {
            return plan.of(stream).until(offset);
        }
        if (head != null) {
            return Math.min(size, stream == OutputStreamName.STDOUT ? head.stdout() : head.stderr());
        }
        return Math.min(size, offset + budget);
    }

    /** The range goes out; returns its number. */
    long sent(Range range) {
        if (range.stream() == OutputStreamName.STDOUT) {
            stdout = range.offset() + range.length();
        } else {
            stderr = range.offset() + range.length();
        }
        unacked.add(new Unacked(nextSeq, range));
        unackedBytes += range.length();
        return nextSeq++;
    }

    /** Up to this number, where the streams then end; when other chunks than those sent were taken, on from there. */
    void acked(long ackedNextSeq, long ackedStdout, long ackedStderr) {
        if (ackedNextSeq > nextSeq
                || unacked.stream()
                        .anyMatch(each -> each.seq() == ackedNextSeq - 1
                                && each.end()
                                        != (each.range().stream() == OutputStreamName.STDOUT
                                                ? ackedStdout
                                                : ackedStderr))) {
            rewind(ackedNextSeq, ackedStdout, ackedStderr);
            return;
        }
        while (!unacked.isEmpty() && unacked.element().seq() < ackedNextSeq) {
            unackedBytes -= unacked.remove().range().length();
            oneAtATime = false;
        }
    }

    /** The control plane goes on from here, whatever was sent. */
    void rewind(long newNextSeq, long newStdout, long newStderr) {
        generation++;
        oneAtATime = true;
        unacked.clear();
        unackedBytes = 0;
        nextSeq = newNextSeq;
        stdout = newStdout;
        stderr = newStderr;
    }

    /**
     * The head's end, once it was sent, or once so much was written that the middle has to go, heard or not; from then on
     * it stays and is told again and again.
     */
    JournalEntry.@Nullable HeadEnd reachedHead(long sizeStdout, long sizeStderr) {
        if (head != null || plan != null) {
            return plan == null ? head : null;
        }
        if (stdout + stderr >= OutputPlan.headBudget(limit)) {
            head = new JournalEntry.HeadEnd(stdout, stderr);
        } else if (sizeStdout + sizeStderr > limit + UNHEARD_BYTES) {
            OutputPlan now = OutputPlan.of(limit, stdout, stderr, sizeStdout, sizeStderr);
            head = new JournalEntry.HeadEnd(now.stdout().headEnd(), now.stderr().headEnd());
        }
        return head;
    }

    /** The plan for streams that ended with these sizes. */
    OutputPlan planFor(long sizeStdout, long sizeStderr) {
        return head == null
                ? OutputPlan.of(limit, stdout, stderr, sizeStdout, sizeStderr)
                : OutputPlan.of(limit, head.stdout(), head.stderr(), sizeStdout, sizeStderr);
    }

    /** What was read for another plan must not be sent. */
    void follow(OutputPlan newPlan) {
        generation++;
        plan = newPlan;
    }

    /** The files are as long as this: what they lost is not waited for. */
    void shortenTo(long sizeStdout, long sizeStderr) {
        if (plan != null && !plan.upTo(sizeStdout, sizeStderr).equals(plan)) {
            follow(plan.upTo(sizeStdout, sizeStderr));
        }
    }

    /** All that the plan names was sent and acked. */
    boolean isComplete() {
        return plan != null
                && unacked.isEmpty()
                && plan.stdout().next(stdout) >= plan.stdout().end()
                && plan.stderr().next(stderr) >= plan.stderr().end();
    }

    /** Where what was sent of the stream ends. */
    long position(OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? stdout : stderr;
    }
}
