package io.deskwave.control.http;

import io.vertx.core.Future;
import java.util.function.Function;

/**
 * Where a feature hangs its operations. An operation is known by its {@code operationId} in the OpenAPI document, which
 * also says what a request may contain and, as {@code x-permission}, what the caller must be allowed to do. When a handler
 * is called, the caller is known, may do it in the project of the path, and the request fits the document.
 */
public interface Operations {
    /** The handler's answer is sent; its failure becomes the error body. */
    void on(String operationId, Function<ApiCall, Future<ApiAnswer>> handler);

    /** The same for what is not JSON: the handler writes the response itself; its Future ends with it. */
    void onRaw(String operationId, Function<ApiCall, Future<Void>> handler);
}
