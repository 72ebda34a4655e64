package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Protocol;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class OutputCursorTest {
    private static final OutputStreamName OUT = OutputStreamName.STDOUT;
    private static final OutputStreamName ERR = OutputStreamName.STDERR;
    private static final int MIB = 1024 * 1024;

    @Test
    void sendsTheEarlierStreamFirstInChunks() {
        var cursor = new OutputCursor(MIB, null, null);
        assertThat(cursor.next(ERR, 40_000, 3))
                .containsExactly(
                        new OutputCursor.Range(ERR, 0, 3),
                        new OutputCursor.Range(OUT, 0, 32768),
                        new OutputCursor.Range(OUT, 32768, 7232));
    }

    @Test
    void stopsAtTheWindowUntilItIsAcked() {
        var cursor = new OutputCursor(100L * MIB, null, null);
        List<OutputCursor.Range> first = cursor.next(OUT, 10 * MIB, 0);
        assertThat(bytes(first)).isEqualTo(Protocol.OUTPUT_WINDOW_BYTES);
        first.forEach(range -> assertThat(cursor.sent(range)).isNotNegative());
        assertThat(cursor.next(OUT, 10 * MIB, 0)).isEmpty();
        cursor.acked(2, 2L * Protocol.MAX_OUTPUT_CHUNK_BYTES, 0);
        assertThat(bytes(cursor.next(OUT, 10 * MIB, 0))).isEqualTo(2 * Protocol.MAX_OUTPUT_CHUNK_BYTES);
    }

    @Test
    void sendsHalfOfTheLimitLiveAndThenWaitsForTheEnd() {
        var cursor = new OutputCursor(1000, null, null);
        List<OutputCursor.Range> live = cursor.next(OUT, 700, 700);
        assertThat(live).containsExactly(new OutputCursor.Range(OUT, 0, 500));
        assertThat(cursor.sent(live.get(0))).isZero();
        assertThat(cursor.reachedHead(700, 700)).isEqualTo(new JournalEntry.HeadEnd(500, 0));
        assertThat(cursor.next(OUT, 900, 900)).isEmpty();
        OutputPlan plan = cursor.planFor(2000, 2000);
        cursor.follow(plan);
        assertThat(cursor.next(OUT, 0, 0))
                .containsExactly(new OutputCursor.Range(OUT, 1750, 250), new OutputCursor.Range(ERR, 1750, 250));
        assertThat(cursor.isComplete()).isFalse();
    }

    @Test
    void fixesTheHeadUnheardWhenTooMuchWaits() {
        var cursor = new OutputCursor(1000, null, null);
        assertThat(cursor.reachedHead(4 * MIB, 1000)).isNull();
        assertThat(cursor.reachedHead(4 * MIB, 1001)).isEqualTo(new JournalEntry.HeadEnd(250, 250));
        assertThat(cursor.next(OUT, 9 * MIB, 9 * MIB))
                .containsExactly(new OutputCursor.Range(OUT, 0, 250), new OutputCursor.Range(ERR, 0, 250));
    }

    @Property
    void sendsExactlyThePlanWhereverItIsRewoundTo(
            @ForAll @IntRange(min = 1, max = 500_000) int limit,
            @ForAll @IntRange(max = 700_000) int sizeOut,
            @ForAll @IntRange(max = 700_000) int sizeErr,
            @ForAll @IntRange(max = 30) int rewindAfter) {
        OutputPlan plan = OutputPlan.of(limit, 0, 0, sizeOut, sizeErr);
        var cursor = new OutputCursor(limit, null, plan);
        long sent = 0;
        int chunks = 0;
        boolean rewound = false;
        while (!cursor.isComplete()) {
            List<OutputCursor.Range> ranges = cursor.next(OUT, 0, 0);
            assertThat(ranges).isNotEmpty();
            long seq = -1;
            long out = -1;
            long err = -1;
            for (OutputCursor.Range range : ranges) {
                seq = cursor.sent(range);
                chunks++;
                sent += range.length();
                out = range.stream() == OUT ? range.offset() + range.length() : out;
                err = range.stream() == ERR ? range.offset() + range.length() : err;
            }
            if (chunks > rewindAfter && !rewound && out >= 0 && ranges.get(ranges.size() - 1).stream() == OUT) {
                rewound = true;
                OutputCursor.Range last = ranges.get(ranges.size() - 1);
                sent -= last.length();
                cursor.rewind(seq, last.offset(), 0);
            } else {
                cursor.acked(seq + 1, out, err);
            }
        }
        assertThat(sent).isEqualTo(Math.min(limit, (long) sizeOut + sizeErr));
    }

    /** The stand after a chunk that was sent before the rewind must not pass for one after the longer chunk sent since. */
    @Test
    void goesOnFromWhereTheStandIsAndNotFromItsNumber() {
        var cursor = new OutputCursor(MIB, null, null);
        assertThat(cursor.sent(cursor.next(OUT, 43, 0).get(0))).isZero();
        assertThat(cursor.sent(cursor.next(OUT, 86, 0).get(0))).isEqualTo(1);
        cursor.rewind(0, 0, 0); // the second chunk came first
        assertThat(cursor.sent(cursor.next(OUT, 86, 0).get(0))).isZero();
        cursor.acked(1, 43, 0); // the first chunk, as it was sent first
        assertThat(cursor.next(OUT, 129, 0)).containsExactly(new OutputCursor.Range(OUT, 43, 86));
    }

    @Test
    void sendsOneChunkAtATimeAfterARewindUntilOneIsAcked() {
        var cursor = new OutputCursor(MIB, null, null);
        cursor.rewind(5, 10, 0);
        List<OutputCursor.Range> careful = cursor.next(OUT, 100_000, 3);
        assertThat(careful).containsExactly(new OutputCursor.Range(OUT, 10, Protocol.MAX_OUTPUT_CHUNK_BYTES));
        assertThat(cursor.sent(careful.get(0))).isEqualTo(5);
        assertThat(cursor.next(OUT, 100_000, 3)).isEmpty();
        cursor.acked(6, 10L + Protocol.MAX_OUTPUT_CHUNK_BYTES, 0);
        assertThat(cursor.next(OUT, 100_000, 3)).hasSizeGreaterThan(2);
    }

    private static long bytes(List<OutputCursor.Range> ranges) {
        return ranges.stream().mapToLong(OutputCursor.Range::length).sum();
    }

    @Test
    void tellsTheHeadsEndUntilItIsKept() {
        var cursor = new OutputCursor(10, null, null);
        JournalEntry.HeadEnd head = cursor.reachedHead(100_000_000, 0);
        assertThat(head).isNotNull();
        assertThat(cursor.reachedHead(100_000_000, 0)).isEqualTo(head);
    }

    @Test
    void doesNotWaitForWhatTheDiskLost() {
        var cursor = new OutputCursor(1000, null, OutputPlan.of(1000, 0, 0, 100, 50));
        int before = cursor.generation();
        cursor.shortenTo(100, 50);
        assertThat(cursor.generation()).isEqualTo(before);
        cursor.shortenTo(0, 50);
        assertThat(cursor.generation()).isNotEqualTo(before); // what was read before is not sent
        assertThat(cursor.next(OutputStreamName.STDOUT, 0, 0))
                .containsExactly(new OutputCursor.Range(OutputStreamName.STDERR, 0, 50));
    }
}
