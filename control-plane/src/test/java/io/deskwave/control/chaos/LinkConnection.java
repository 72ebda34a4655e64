package io.deskwave.control.chaos;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One connection through a link: a thread for each direction, each reading only when what it read before is written. */
final class LinkConnection {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final Socket client;
    private final LinkFaults faults;
    private final LinkCounters counters;
    private final SplittableRandom random;
    private final Upgrade upgrade = new Upgrade();
    private final AtomicReference<@Nullable Socket> server = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    LinkConnection(Socket client, LinkFaults faults, LinkCounters counters, SplittableRandom random) {
        this.client = client;
        this.faults = faults;
        this.counters = counters;
        this.random = random;
    }

    boolean isClosed() {
        return closed.get();
    }

    /** Until both directions have ended, or one broke. */
    void forward(Socket to) throws IOException {
        server.set(to);
        if (isClosed()) {
            to.close();
            return;
        }
        SplittableRandom back = random.split();
        Thread answers = Threads.start(Thread.currentThread().getName() + "-back", () -> pump(to, client, true, back));
        pump(client, to, false, random);
        try {
            answers.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pump(Socket from, Socket to, boolean fromServer, SplittableRandom own) {
        var pace = new LinkFaults.Pace();
        var frames =
                new FrameStream(faults, counters, own, (bytes, start, count) -> write(to, bytes, start, count, pace));
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            from.setTcpNoDelay(true);
            while (true) {
                int count = read(from, buffer, frames);
                if (count < 0) {
                    faults.awaitGo(this::isClosed);
                    frames.release();
                    to.shutdownOutput();
                    return;
                }
                int plain = fromServer ? upgrade.plainBytes(buffer, count) : upgrade.isDone() ? 0 : count;
                write(to, buffer, 0, plain, pace);
                frames.take(buffer, plain, count - plain);
            }
        } catch (IOException e) {
            close(true); // a side that broke off breaks the other off
        }
    }

    /** A frame that waits for the next one to change places with does not wait for ever. */
    private static int read(Socket from, byte[] buffer, FrameStream frames) throws IOException {
        while (true) {
            from.setSoTimeout(frames.holdsBack() ? FrameStream.PATIENCE_MILLIS : 0);
            try {
                return from.getInputStream().read(buffer);
            } catch (SocketTimeoutException e) {
                frames.release();
            }
        }
    }

    private void write(Socket to, byte[] bytes, int start, int count, LinkFaults.Pace pace) throws IOException {
        int at = start;
        while (at < start + count) {
            int turn = faults.awaitTurn(start + count - at, pace, this::isClosed);
            to.getOutputStream().write(bytes, at, turn);
            counters.forwarded(turn);
            at += turn;
        }
    }

    /** Both sides at once; answers whether it was open until now. */
    @CanIgnoreReturnValue
    boolean close(boolean reset) {
        if (!closed.compareAndSet(false, true)) {
            return false;
        }
        end(client, reset);
        Socket to = server.get();
        if (to != null) {
            end(to, reset);
        }
        faults.wake();
        return true;
    }

    private static void end(Socket socket, boolean reset) {
        try (socket) {
            if (reset) {
                socket.setSoLinger(true, 0);
            }
        } catch (IOException e) {
            // It had broken off by itself.
        }
    }
}
