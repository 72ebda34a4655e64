package io.deskwave.control.chaos;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a WebSocket, as frames: bytes come in as they were read, whole frames go out, some of them twice or in
 * another order. Frames too long to be held are passed on as they come. One thread.
 */
final class FrameStream {
    /** How long a frame waits for the next one to change places with. */
    static final int PATIENCE_MILLIS = 100;

    private static final int MAX_HELD_BYTES = 2 * 1024 * 1024;

    /** Where whole frames, and pieces of long ones, go. */
    interface Out {
        void write(byte[] bytes, int start, int count) throws IOException;
    }

    private final LinkFaults faults;
    private final LinkCounters counters;
    private final SplittableRandom random;
    private final Out out;
    private byte[] pending = new byte[4096];
    private int pendingCount;
    private long passing;
    private byte @Nullable [] heldBack;

    FrameStream(LinkFaults faults, LinkCounters counters, SplittableRandom random, Out out) {
        this.faults = faults;
        this.counters = counters;
        this.random = random;
        this.out = out;
    }

    boolean holdsBack() {
        return heldBack != null;
    }

    /** What was held back goes. */
    void release() throws IOException {
        byte[] frame = heldBack;
        if (frame != null) {
            heldBack = null;
            send(frame);
        }
    }

    void take(byte[] bytes, int start, int count) throws IOException {
        append(bytes, start, count);
        int at = 0;
        while (true) {
            if (passing > 0) {
                int piece = (int) Math.min(passing, pendingCount - at);
                out.write(pending, at, piece);
                passing -= piece;
                at += piece;
            }
            long length = FrameHead.length(pending, at, pendingCount);
            if (length > MAX_HELD_BYTES) {
                release();
                counters.frame();
                passing = length;
            } else if (length == 0 || length > pendingCount - at) {
                break;
            } else {
                frame(Arrays.copyOfRange(pending, at, at + (int) length));
                at += (int) length;
            }
        }
        System.arraycopy(pending, at, pending, 0, pendingCount - at);
        pendingCount -= at;
    }

    private void append(byte[] bytes, int start, int count) {
        if (pendingCount + count > pending.length) {
            pending = Arrays.copyOf(pending, Math.max(2 * pending.length, pendingCount + count));
        }
        System.arraycopy(bytes, start, pending, pendingCount, count);
        pendingCount += count;
    }

    private void frame(byte[] frame) throws IOException {
        counters.frame();
        if (!FrameHead.isWholeMessage(frame)) {
            release();
            send(frame);
        } else if (heldBack != null) {
            send(frame);
            counters.swapped();
            release();
        } else {
            disturb(frame);
        }
    }

    private void disturb(byte[] frame) throws IOException {
        double chance = random.nextDouble();
        double duplicated = faults.duplicated();
        if (chance < duplicated) {
            send(frame);
            counters.duplicated();
            send(frame);
        } else if (chance < duplicated + faults.swapped()) {
            heldBack = frame;
        } else {
            send(frame);
        }
    }

    private void send(byte[] frame) throws IOException {
        out.write(frame, 0, frame.length);
    }
}
