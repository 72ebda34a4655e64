package io.deskwave.control.chaos;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Pieces of a stream put together in their order and compared with what the script printed. Pure. */
final class Pieces {
    private final byte[] expected;
    private final List<History.Range> ranges = new ArrayList<>();
    private long wrongAt = -1;

    Pieces(byte[] expected) {
        this.expected = expected;
    }

    void add(long from, byte[] bytes) {
        for (int i = 0; i < bytes.length && wrongAt < 0; i++) {
            if (from + i >= expected.length || expected[(int) from + i] != bytes[i]) {
                wrongAt = from + i;
            }
        }
        History.Range last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
        if (last != null && last.to() == from) {
            ranges.set(ranges.size() - 1, new History.Range(last.from(), from + bytes.length));
        } else {
            ranges.add(new History.Range(from, from + bytes.length));
        }
    }

    /** What of the text lies in these ranges; what lies behind its end is left out. */
    static byte[] of(byte[] text, List<History.Range> ranges) {
        var bytes = new ByteArrayOutputStream();
        for (History.Range range : ranges) {
            int from = (int) Math.min(range.from(), text.length);
            int to = (int) Math.min(range.to(), text.length);
            bytes.write(text, from, to - from);
        }
        return bytes.toByteArray();
    }

    List<History.Range> ranges() {
        return List.copyOf(ranges);
    }

    long wrongAt() {
        return wrongAt;
    }
}
