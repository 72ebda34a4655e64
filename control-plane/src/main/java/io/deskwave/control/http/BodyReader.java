package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Reads a body into memory, up to a limit; chunked ones too, whatever the method. Must be called at once. */
final class BodyReader {
    /** 100,000 characters, each written as two escapes, and a good deal more. */
    static final int MOST_BYTES = 2 * 1024 * 1024;

    private final HttpServerRequest request;
    private final Promise<Buffer> done = Promise.promise();
    private final Buffer bytes = Buffer.buffer();

    private BodyReader(HttpServerRequest request) {
        this.request = request;
    }

    /** Fails with {@link ApiException.TooLarge}; the connection is then of no more use. */
    static Future<Buffer> read(HttpServerRequest request) {
        BodyReader reader = new BodyReader(request);
        if (announced(request) > MOST_BYTES) {
            reader.refuse();
        } else {
            request.exceptionHandler(reader.done::tryFail)
                    .handler(reader::take)
                    .endHandler(end -> reader.done.tryComplete(reader.bytes));
        }
        return reader.done.future();
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : 0;
    }

    private void take(Buffer chunk) {
        if (bytes.length() + chunk.length() > MOST_BYTES) {
            refuse();
        } else {
            bytes.appendBuffer(chunk);
        }
    }

    private void refuse() {
        request.handler(rest -> {});
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        done.tryFail(new ApiException.TooLarge("the body is larger than " + MOST_BYTES + " bytes: send less"));
    }
}
