package io.deskwave.control.chaos;

import java.util.concurrent.atomic.LongAdder;

/** What a {@link FaultyLink} did. */
public final class LinkCounters {
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder resets = new LongAdder();
    private final LongAdder ends = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder frames = new LongAdder();
    private final LongAdder duplicated = new LongAdder();
    private final LongAdder swapped = new LongAdder();

    /**
     * @param refused accepted, but the target took no connection
     * @param resets connections cut with a reset
     * @param ends connections cut in order
     * @param bytes forwarded, both ways
     * @param frames of WebSockets, both ways, each counted once
     * @param duplicated frames that were sent twice
     * @param swapped pairs of frames that changed places
     */
    public record Counts(
            int open,
            long accepted,
            long refused,
            long resets,
            long ends,
            long bytes,
            long frames,
            long duplicated,
            long swapped) {}

    LinkCounters() {}

    Counts now(int open) {
        return new Counts(
                open,
                accepted.sum(),
                refused.sum(),
                resets.sum(),
                ends.sum(),
                bytes.sum(),
                frames.sum(),
                duplicated.sum(),
                swapped.sum());
    }

    void accepted() {
        accepted.increment();
    }

    void refused() {
        refused.increment();
    }

    void cut(boolean reset) {
        (reset ? resets : ends).increment();
    }

    void forwarded(int count) {
        bytes.add(count);
    }

    void frame() {
        frames.increment();
    }

    void duplicated() {
        duplicated.increment();
    }

    void swapped() {
        swapped.increment();
    }
}
