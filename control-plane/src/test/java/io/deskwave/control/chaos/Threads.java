package io.deskwave.control.chaos;

import com.google.errorprone.annotations.CanIgnoreReturnValue;

/** Daemon threads with small stacks: a link has two for each connection. */
final class Threads {
    private static final long STACK_BYTES = 256 * 1024;

    private Threads() {}

    @CanIgnoreReturnValue
    static Thread start(String name, Runnable work) {
        var thread = new Thread(null, work, name, STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
