package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** For load balancers: alive is the process, ready is what it needs. Public, and says no more than that. */
final class Health {
    private static final int LONGEST_CHECK_SECONDS = 3;
    private static final int RETRY_SECONDS = 2;
    private final Supplier<Future<Void>> ready;

    Health(Supplier<Future<Void>> ready) {
        this.ready = ready;
    }

    void mount(Router router) {
        router.get("/health/live").respond(context -> Future.succeededFuture(up()));
        router.get("/health/ready").respond(this::ready);
    }

    private Future<JsonObject> ready(RoutingContext context) {
        return ready.get()
                .timeout(LONGEST_CHECK_SECONDS, TimeUnit.SECONDS)
                .map(checked -> up())
                .recover(cause -> Future.failedFuture(
                        cause instanceof ApiException
                                ? cause
                                : new ApiException.Unavailable(
                                        "not ready: what this server needs does not answer", RETRY_SECONDS)));
    }

    private static JsonObject up() {
        return new JsonObject().put("status", "up");
    }
}
