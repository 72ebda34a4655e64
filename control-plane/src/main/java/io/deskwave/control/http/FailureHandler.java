package io.deskwave.control.http;

import io.netty.handler.codec.TooLongFrameException;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** THE failure handler: turns whatever went wrong into the error body, and logs what is a bug of ours, once. */
final class FailureHandler implements Handler<RoutingContext> {
    private static final Logger LOG = LoggerFactory.getLogger(FailureHandler.class);
    private static final String BUG = "WKS.00211401";
    private static final int LONGEST_MESSAGE = 1000;
    private static final List<Integer> STATUSES =
            List.of(400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 416, 417, 429, 500, 501, 502, 503, 504);

    private static final Pattern BROKEN_ENCODING = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final String BROKEN_URI = "the path or the query string is malformed: check its percent-encoding";

    private record Path(Pattern pattern, Endpoint endpoint) {}

    private final Function<Throwable, Optional<ApiException>> translate;
    private final List<Path> paths;

    FailureHandler(Function<Throwable, Optional<ApiException>> translate, List<Endpoint> endpoints) {
        this.translate = translate;
        this.paths = endpoints.stream()
                .map(e -> new Path(Pattern.compile(e.path().replaceAll("\\{[^}]+\\}", "[^/]+") + "/?"), e))
                .toList();
    }

    void guard(Router router) {
        STATUSES.forEach(status -> router.errorHandler(status, this));
    }

    @Override
    public void handle(RoutingContext context) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            // Half an answer is out: only a broken connection tells the client that it is no whole one.
            LOG.warn(
                    "{} {} broke off",
                    context.request().method(),
                    context.request().path(),
                    context.failure());
            context.request().connection().close().onFailure(gone -> LOG.debug("close", gone));
            return;
        }
        // The router gave it one, but not where the path is none, as in GET *.
        String unused = RequestId.of(context.request());
        List<Endpoint> here = endpointsOf(context.request().path());
        ApiException failure = failure(context);
        if (failure instanceof ApiException.MethodNotAllowed) {
            response.putHeader(HttpHeaders.ALLOW, allowed(here));
        }
        Family family = here.stream().map(Endpoint::family).findFirst().orElse(Family.WORKSPACE);
        family.mark(response);
        if (failure == null) {
            bug(context, family);
        } else {
            answer(response, failure, family);
        }
    }

    /** What Netty could not read as a request: the router never sees it. */
    void handleUnreadable(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        boolean tooLong = cause instanceof TooLongFrameException;
        String unused = RequestId.of(request);
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        answer(
                request.response(),
                new ApiException.BadRequest(
                        tooLong ? "the request line or the headers are too long" : "this is no valid HTTP request"),
                Family.WORKSPACE);
    }

    private @Nullable ApiException failure(RoutingContext context) {
        Throwable cause = context.failure();
        if (cause instanceof ApiException known) {
            return known;
        }
        // vertx-web fails on these in several ways, some without a status.
        if (BROKEN_ENCODING.matcher(context.request().uri()).find()) {
            return new ApiException.BadRequest(BROKEN_URI);
        }
        int status = cause instanceof HttpException http ? http.getStatusCode() : context.statusCode();
        if (status == 404) {
            return new ApiException.NotFound("there is nothing at this path: /docs shows all there is");
        }
        if (status == 405) {
            return new ApiException.MethodNotAllowed(
                    "the method " + context.request().method() + " is not allowed here: send "
                            + allowed(endpointsOf(context.request().path())));
        }
        if (status >= 400 && status < 500) {
            return new ApiException.BadRequest(BROKEN_URI);
        }
        return cause == null ? null : translate.apply(cause).orElse(null);
    }

    private static void bug(RoutingContext context, Family family) {
        String id = RequestId.of(context.request());
        String what = context.request().method() + " "
                + Wording.atMost(String.valueOf(context.request().path()), LONGEST_MESSAGE);
        if (context.failure() == null) {
            LOG.error("request {}: {} failed with status {} and without a cause", id, what, context.statusCode());
        } else {
            LOG.error("request {}: {}", id, what, context.failure());
        }
        String message =
                "the operation failed; try again later, and name the request id " + id + " when you ask for help";
        end(
                context.response(),
                500,
                family == Family.IAM
                        ? iamBody(500, message)
                        : body(family.code(500, BUG), message).put("request_id", id));
    }

    private static void answer(HttpServerResponse response, ApiException failure, Family family) {
        String message = Wording.atMost(String.valueOf(failure.getMessage()), LONGEST_MESSAGE);
        if (failure instanceof ApiException.Unavailable unavailable) {
            response.putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(unavailable.retryAfterSeconds()));
        }
        String id = response.headers().get(RequestId.HEADER);
        JsonObject body = body(family.code(failure.status(), failure.code()), message);
        if (id != null) {
            body.put("request_id", id);
        }
        if (failure instanceof ApiException.Forbidden forbidden) {
            forbidden.encoded().ifPresent(text -> body.put("encoded_authorization_message", text));
        }
        end(response, failure.status(), family == Family.IAM ? iamBody(failure.status(), message) : body);
    }

    private static JsonObject body(String code, String message) {
        return new JsonObject().put("error_code", code).put("error_msg", message);
    }

    private static JsonObject iamBody(int status, String message) {
        String title =
                switch (status) {
                    case 401 -> "Unauthorized";
                    case 403 -> "Forbidden";
                    case 404 -> "Not Found";
                    case 405 -> "Method Not Allowed";
                    case 409 -> "Conflict";
                    case 500 -> "Internal Server Error";
                    case 503 -> "Service Unavailable";
                    default -> "Bad Request";
                };
        return new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("code", status)
                                .put("message", message)
                                .put("title", title));
    }

    private static void end(HttpServerResponse response, int status, JsonObject body) {
        Buffer bytes = body.toBuffer();
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(bytes)
                .onFailure(gone -> LOG.debug("nobody waits for the answer", gone));
    }

    private List<Endpoint> endpointsOf(@Nullable String path) {
        return path == null
                ? List.of()
                : paths.stream()
                        .filter(p -> p.pattern().matcher(path).matches())
                        .map(Path::endpoint)
                        .toList();
    }

    private static String allowed(List<Endpoint> here) {
        Set<String> methods = here.stream().map(e -> e.method().name()).collect(Collectors.toSet());
        return methods.isEmpty() ? "GET" : methods.stream().sorted().collect(Collectors.joining(", "));
    }
}
