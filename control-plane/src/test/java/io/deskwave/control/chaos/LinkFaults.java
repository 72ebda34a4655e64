package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What a link does wrong at the moment; the threads that forward ask it before every write, and wait in it. */
final class LinkFaults {
    private static final int SLICES_PER_SECOND = 20;

    private boolean stalled;
    private long bytesPerSecond;
    private volatile double duplicated;
    private volatile double swapped;

    /** When the next byte of one direction may go, with the link slow. */
    static final class Pace {
        private long next = System.nanoTime();
    }

    synchronized void stall(boolean on) {
        stalled = on;
        notifyAll();
    }

    synchronized void slow(long rate) {
        if (rate < 0) {
            throw new IllegalArgumentException("a speed of " + rate);
        }
        bytesPerSecond = rate;
        notifyAll();
    }

    void disturb(double newDuplicated, double newSwapped) {
        if (newDuplicated < 0 || newSwapped < 0 || newDuplicated + newSwapped > 1) {
            throw new IllegalArgumentException("parts of 1: " + newDuplicated + ", " + newSwapped);
        }
        duplicated = newDuplicated;
        swapped = newSwapped;
    }

    double duplicated() {
        return duplicated;
    }

    double swapped() {
        return swapped;
    }

    /** Somebody who waits here may have to look whether their connection is closed. */
    synchronized void wake() {
        notifyAll();
    }

    /** @throws IOException when the connection was closed meanwhile */
    synchronized void awaitGo(BooleanSupplier closed) throws IOException {
        try {
            while (stalled && !closed.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
        if (closed.getAsBoolean()) {
            throw new SocketException("closed");
        }
    }

    /** Waits until something may be written; answers how much of {@code count} bytes. */
    synchronized int awaitTurn(int count, Pace pace, BooleanSupplier closed) throws IOException {
        awaitGo(closed);
        try {
            while (bytesPerSecond > 0 && System.nanoTime() - pace.next < 0) {
                wait(TimeUnit.NANOSECONDS.toMillis(pace.next - System.nanoTime()) + 1);
                awaitGo(closed);
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
        if (bytesPerSecond == 0) {
            return count;
        }
        int slice = (int) Math.min(count, Math.max(1, bytesPerSecond / SLICES_PER_SECOND));
        pace.next = System.nanoTime() + TimeUnit.SECONDS.toNanos(slice) / bytesPerSecond;
        return slice;
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException();
    }
}
