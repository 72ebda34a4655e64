package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a file piece by piece; reads the next when the one before has gone out, so that a slow client holds one piece and no
 * connection to the database. A file that vanishes meanwhile, or a database that does, ends the connection: the client sees
 * that it got less than it was told.
 */
final class ExportDownload {
    private static final Logger LOG = LoggerFactory.getLogger(ExportDownload.class);

    /** Nobody who takes nothing holds a connection for ever. */
    private static final int PIECE_WITHIN_SECONDS = 120;

    private final Exports exports;
    private final ExportTask task;
    private final HttpServerResponse response;
    private final Promise<Void> done = Promise.promise();
    private int chunkNo;
    private long sent;

    ExportDownload(Exports exports, ExportTask task, HttpServerResponse response) {
        this.exports = exports;
        this.task = task;
        this.response = response;
    }

    Future<Void> send() {
        next();
        return done.future();
    }

    private void next() {
        exports.read(task, chunkNo).compose(this::write).onComplete(written -> {
            if (written.failed() && chunkNo == 0) {
                done.fail(written.cause());
            } else if (written.failed()) {
                LOG.debug("the download of {} ended early", task.id(), written.cause());
                response.reset().onComplete(reset -> done.complete());
            } else if (written.result()) {
                next();
            } else {
                done.complete();
            }
        });
    }

    /** Whether there is more. Whoever has the last byte finds the task marked. */
    private Future<Boolean> write(Optional<Buffer> found) {
        if (found.isEmpty()) {
            return Future.failedFuture(new ApiException.NotFound("the file of export task " + task.id() + " is gone"));
        }
        if (chunkNo++ == 0) {
            head();
        }
        Buffer piece = found.get();
        sent += piece.length();
        return sent < task.size()
                ? response.write(piece)
                        .timeout(PIECE_WITHIN_SECONDS, TimeUnit.SECONDS)
                        .map(true)
                : exports.markDownloaded(task)
                        .compose(marked -> response.end(piece))
                        .map(false);
    }

    private void head() {
        response.putHeader("Content-Type", task.spec().format().contentType())
                .putHeader("Content-Disposition", ExportFileName.disposition(task.fileName()))
                .putHeader("Content-Length", String.valueOf(task.size()))
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Content-Type-Options", "nosniff");
    }
}
