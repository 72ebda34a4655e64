package io.deskwave.control.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Every answer carries an X-Request-Id: the caller's own when it is a sane one. */
final class RequestId implements Handler<RoutingContext> {
    static final String HEADER = "X-Request-Id";
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    @Override
    public void handle(RoutingContext context) {
        String unused = of(context.request());
        context.next();
    }

    /** The id of this request, which the answer carries from now on. */
    static String of(HttpServerRequest request) {
        String given = request.response().headers().get(HEADER);
        if (given != null) {
            return given;
        }
        String id = choose(request.getHeader(HEADER));
        if (!request.response().headWritten()) {
            request.response().putHeader(HEADER, id);
        }
        return id;
    }

    private static String choose(@Nullable String sent) {
        return sent != null && SANE.matcher(sent).matches()
                ? sent
                : UUID.randomUUID().toString().replace("-", "");
    }
}
