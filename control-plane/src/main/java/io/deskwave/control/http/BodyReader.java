package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.IntPredicate;

/** Reads one body into memory; chunked ones too, whatever the method. For {@link Bodies}, on the request's event loop. */
final class BodyReader {
    private static final int RETRY_SECONDS = 1;

    private final HttpServerRequest request;
    private final int mostBytes;
    private final IntPredicate budget;
    private final Promise<Buffer> done = Promise.promise();
    private final Buffer bytes = Buffer.buffer();

    /** @param budget asked for the size of each piece before it is kept */
    BodyReader(HttpServerRequest request, int mostBytes, IntPredicate budget) {
        this.request = request;
        this.mostBytes = mostBytes;
        this.budget = budget;
    }

    Future<Buffer> read() {
        if (announced() > mostBytes) {
            refuse(tooLarge());
        } else {
            request.exceptionHandler(broken -> refuse(new ApiException.BadRequest(
                            "the body broke off: send it whole, in valid chunks or with its right length")))
                    .handler(this::take)
                    .endHandler(end -> done.tryComplete(bytes))
                    .resume();
        }
        return done.future();
    }

    /** How much of the budget was taken. */
    int taken() {
        return bytes.length();
    }

    /** The connection is of no more use: the rest of the body may still be on its way. */
    void refuse(ApiException why) {
        if (!done.future().isComplete()) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            done.fail(why);
        }
    }

    private long announced() {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : 0;
    }

    private void take(Buffer piece) {
        if (done.future().isComplete()) {
            return;
        }
        if (bytes.length() + piece.length() > mostBytes) {
            refuse(tooLarge());
        } else if (budget.test(piece.length())) {
            bytes.appendBuffer(piece);
        } else {
            refuse(new ApiException.Unavailable(
                    "this server has too many requests in work at this moment: try again", RETRY_SECONDS));
        }
    }

    private ApiException tooLarge() {
        return new ApiException.TooLarge("the body is larger than " + mostBytes + " bytes: send less");
    }
}
