package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the bodies of requests in memory: no more of each than it may have, no more of all at once than the budget, and none
 * that takes longer to arrive than the deadline. Safe for all threads.
 */
final class Bodies {
    private static final Logger LOG = LoggerFactory.getLogger(Bodies.class);
    /** 100,000 characters, each written as two escapes, and a good deal more. */
    private static final int MOST_BYTES = 2 * 1024 * 1024;

    private static final int MOST_BYTES_OF_A_STRANGER = 16 * 1024;
    private static final long MOST_BYTES_AT_ONCE = 64 * 1024 * 1024;
    private static final int SHARE_OF_THE_HEAP = 8;
    private static final int SHARE_OF_STRANGERS = 8;
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final int mostBytes;
    private final long mostBytesAtOnce;
    private final Duration deadline;
    private final AtomicLong held = new AtomicLong();

    Bodies(Vertx vertx, int mostBytes, long mostBytesAtOnce, Duration deadline) {
        this.vertx = vertx;
        this.mostBytes = mostBytes;
        this.mostBytesAtOnce = mostBytesAtOnce;
        this.deadline = deadline;
    }

    /** For requests whose sender is known. */
    static Bodies ofTheKnown(Vertx vertx) {
        return new Bodies(vertx, MOST_BYTES, affordable(), DEADLINE);
    }

    /** For public operations: a budget of their own, so that strangers do not use up that of the others. */
    static Bodies ofStrangers(Vertx vertx) {
        return new Bodies(vertx, MOST_BYTES_OF_A_STRANGER, affordable() / SHARE_OF_STRANGERS, DEADLINE);
    }

    private static long affordable() {
        return Math.min(MOST_BYTES_AT_ONCE, Runtime.getRuntime().maxMemory() / SHARE_OF_THE_HEAP);
    }

    /**
     * Reads the body of a paused or fresh request and holds it until what is done with it has ended. Fails with
     * {@link ApiException.TooLarge}, with {@link ApiException.Unavailable} when the budget is spent, and with
     * {@link ApiException.BadRequest} at the deadline, with whose answer the connection is closed.
     */
    <T> Future<T> with(HttpServerRequest request, Function<Buffer, Future<T>> use) {
        BodyReader reader = new BodyReader(request, mostBytes, this::take);
        long timer = vertx.setTimer(deadline.toMillis(), late -> {
            closeAfterAnswer(request);
            reader.refuse(new ApiException.BadRequest(
                    "the body did not arrive within " + deadline.toSeconds() + " seconds: send it without a pause"));
        });
        return reader.read()
                .onComplete(read -> vertx.cancelTimer(timer))
                .compose(use)
                .onComplete(done -> held.addAndGet(-reader.taken()));
    }

    /**
     * Lets go by what nobody reads any more: a client may send all of its request before it looks for the answer. What has
     * not gone by at the deadline is cut off.
     */
    void discard(HttpServerRequest request) {
        if (request.isEnded()) {
            return;
        }
        long timer = vertx.setTimer(deadline.toMillis(), late -> close(request));
        request.exceptionHandler(gone -> vertx.cancelTimer(timer))
                .handler(rest -> {})
                .endHandler(end -> vertx.cancelTimer(timer))
                .resume();
    }

    /** Connection: close alone would leave it open until the rest of the request has come. */
    private void closeAfterAnswer(HttpServerRequest request) {
        request.response().bodyEndHandler(written -> vertx.runOnContext(then -> close(request)));
    }

    private static void close(HttpServerRequest request) {
        request.connection().close().onFailure(gone -> LOG.debug("close", gone));
    }

    long held() {
        return held.get();
    }

    private boolean take(int bytes) {
        if (held.addAndGet(bytes) <= mostBytesAtOnce) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }
}
