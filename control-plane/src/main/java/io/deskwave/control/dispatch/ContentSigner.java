package io.deskwave.control.dispatch;

import io.vertx.core.Future;

/** Makes the signature of some bytes, in base64; away from the event loop. */
@FunctionalInterface
public interface ContentSigner {
    Future<String> sign(byte[] content);
}
