package io.deskwave.control.schedule;

import io.deskwave.control.schedule.ExportWalk.Portion;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one file: reads a portion of rows, writes them beside the event loop, stores the full pieces, and so on. It holds one
 * portion at a time, and every step says that the attempt is alive; a file without steps is somebody else's after a while.
 */
final class ExportRun {
    private static final Logger LOG = LoggerFactory.getLogger(ExportRun.class);
    /** Longer than a statement may take. */
    static final Duration WITHOUT_NEWS = Duration.ofSeconds(60);

    private static final Duration NEWS_EVERY = Duration.ofSeconds(10);

    private final SqlClient client;
    private final WorkerExecutor worker;
    private final InstantSource clock;
    private final ExportLimits limits;
    private final ExportTask task;
    private final BooleanSupplier stopped;
    private final ExportWorkStore store = new ExportWorkStore();
    private final Deque<ExportSheet> sheets;
    private final ExportChunks chunks = new ExportChunks();
    private final Promise<Void> done = Promise.promise();
    private @Nullable ExportFile file;
    private @Nullable ExportWalk walk;
    private int rows;
    private int chunkNo;
    private long bytes;
    private Instant lastNews;

    ExportRun(
            SqlClient client,
            WorkerExecutor worker,
            InstantSource clock,
            ExportLimits limits,
            ExportTask task,
            BooleanSupplier stopped) {
        this.client = client;
        this.worker = worker;
        this.clock = clock;
        this.limits = limits;
        this.task = task;
        this.stopped = stopped;
        this.sheets = new ArrayDeque<>(task.spec().format().sheets());
        this.lastNews = clock.instant();
    }

    /** Fails with {@link ExportEnd} when it is not made to its end. */
    Future<Void> run() {
        Future<Void> made = worker.executeBlocking(() -> {
                    file = task.spec().format().open(chunks);
                    return null;
                })
                .compose(opened -> {
                    step();
                    return done.future();
                });
        return made.recover(failure -> abandon().transform(closed -> Future.failedFuture(failure)));
    }

    /** A loop: thousands of Futures in a chain would all be kept to its end. */
    private void step() {
        Future.succeededFuture().compose(now -> next()).onComplete(stepped -> {
            if (stepped.failed()) {
                done.fail(stepped.cause());
            } else if (stepped.result()) {
                step();
            } else {
                done.complete();
            }
        });
    }

    /** Whether there is more to do. */
    private Future<Boolean> next() {
        if (stopped.getAsBoolean()) {
            return Future.failedFuture(new ExportEnd.Stopped());
        }
        if (walk != null) {
            return walk.next().compose(this::write).map(written -> true);
        }
        ExportSheet sheet = sheets.poll();
        if (sheet == null) {
            return worker.executeBlocking(() -> {
                        file().end();
                        return chunks.takeRest();
                    })
                    .compose(this::store)
                    .map(stored -> false);
        }
        walk = new ExportWalk(client, task.spec(), sheet);
        rows = 0;
        return worker.executeBlocking(() -> {
            file().begin(sheet.title(task.spec().language()), sheet.headings(task.spec()));
            return true;
        });
    }

    private Future<Void> write(Portion portion) {
        rows += portion.rows().size();
        if (rows > limits.rows()) {
            throw new ExportEnd.TooLarge(
                    String.format(Locale.ROOT, "there are more than %,d rows", limits.rows()) + advice());
        }
        if (portion.last()) {
            walk = null;
        }
        return worker.executeBlocking(() -> {
                    file().add(portion.rows());
                    return chunks.take();
                })
                .compose(this::store)
                .compose(stored -> tell());
    }

    private static String advice() {
        return ": export a part of them with execute_time_start and execute_time_end";
    }

    private ExportFile file() {
        if (file == null) {
            throw new IllegalStateException("not open");
        }
        return file;
    }

    private Future<Void> store(List<Buffer> pieces) {
        Future<Void> stored = Future.succeededFuture();
        for (Buffer piece : pieces) {
            stored = stored.compose(before -> store(piece));
        }
        return stored;
    }

    private Future<Void> store(Buffer piece) {
        bytes += piece.length();
        if (bytes > limits.fileBytes()) {
            throw new ExportEnd.TooLarge(
                    "the file would be larger than " + (limits.fileBytes() >> 20) + " MB" + advice());
        }
        lastNews = clock.instant();
        return store.add(client, task, chunkNo++, piece, lastNews.plus(WITHOUT_NEWS))
                .map(all -> {
                    if (all.orElseThrow(ExportEnd.Lost::new) > limits.projectBytes()) {
                        throw new ExportEnd.TooLarge("the exported files of this project would be larger than "
                                + (limits.projectBytes() >> 20) + " MB together: delete some of the export tasks");
                    }
                    return null;
                });
    }

    private Future<Void> tell() {
        Instant now = clock.instant();
        if (now.isBefore(lastNews.plus(NEWS_EVERY))) {
            return Future.succeededFuture();
        }
        lastNews = now;
        return store.hold(client, task, now.plus(WITHOUT_NEWS)).map(ExportRun::requireHeld);
    }

    private static @Nullable Void requireHeld(boolean held) {
        if (!held) {
            throw new ExportEnd.Lost();
        }
        return null;
    }

    /** Compression holds memory that only its end gives back. */
    private Future<Void> abandon() {
        return worker.executeBlocking(() -> {
            if (file != null) {
                try {
                    file.end();
                } catch (IOException | RuntimeException e) {
                    LOG.debug("end of a file that nobody wants", e);
                }
            }
            return null;
        });
    }
}
