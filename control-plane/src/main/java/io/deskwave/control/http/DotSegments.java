package io.deskwave.control.http;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.regex.Pattern;

/** Refuses paths that would lead elsewhere than they say: who deletes the tag {@code ..} must not delete its desktop. */
final class DotSegments implements Handler<RoutingContext> {
    private static final Pattern DOTS = Pattern.compile("/(\\.|%2[eE]){1,2}(/|$)");

    @Override
    public void handle(RoutingContext context) {
        String path = context.request().path();
        if (path != null && DOTS.matcher(path).find()) {
            context.fail(
                    new ApiException.BadRequest("the path must not contain a segment that is . or ..: leave it out"));
        } else {
            context.next();
        }
    }
}
