package io.deskwave.control.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Where requests come in. Knows no feature: they hang their operations on {@link #operations}. */
public final class FrontDoor {
    /** An X-Auth-Token may have 40,000 characters. */
    private static final int MOST_HEADER_BYTES = 64 * 1024;

    private static final int LONGEST_REQUEST_LINE = 16 * 1024;
    private static final int ACCEPT_BACKLOG = 4096;
    private static final int CLOSING_SECONDS = 2;
    private static final int LONGEST_WEBSOCKET_MESSAGE = 1024 * 1024;

    private final Router router;
    private final OperationRouter operations;
    private final FailureHandler failures;
    private final Connections connections;
    private boolean leaving;

    private FrontDoor(
            Vertx vertx,
            Contract contract,
            Verifier verifier,
            FailureHandler failures,
            Allowance allowance,
            Supplier<Future<Void>> ready) {
        this.router = Router.router(vertx);
        this.operations = new OperationRouter(vertx, contract, verifier, allowance);
        this.failures = failures;
        this.connections = allowance.connections();
        failures.guard(router);
        router.route().handler(this::follow);
        router.route().handler(new RequestId());
        router.route().handler(new DotSegments());
        new Health(ready).mount(router);
        new Docs(contract.document()).mount(router);
        contract.endpoints().stream().filter(endpoint -> !endpoint.outside()).forEach(endpoint -> router.route(
                        endpoint.method(), endpoint.route())
                .handler(context -> operations.handle(endpoint, context)));
    }

    /**
     * Loads the document and opens for business.
     *
     * @param translate failures that are states the caller has to know of, such as the database being away
     * @param ready     succeeds when the node can serve
     */
    public static Future<FrontDoor> open(
            Vertx vertx,
            Verifier verifier,
            Function<Throwable, Optional<ApiException>> translate,
            Allowance allowance,
            Supplier<Future<Void>> ready) {
        return Contract.load(vertx)
                .map(contract -> new FrontDoor(
                        vertx,
                        contract,
                        verifier,
                        new FailureHandler(translate, contract.endpoints()),
                        allowance,
                        ready));
    }

    public Operations operations() {
        return operations;
    }

    /** For routes outside the document. What is hung here sees to its own protection. */
    public Router router() {
        return router;
    }

    /** What a server in front of {@link #attach} must be made with; host, port and TLS are the caller's. */
    public static HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setMaxHeaderSize(MOST_HEADER_BYTES)
                .setMaxInitialLineLength(LONGEST_REQUEST_LINE)
                .setAcceptBacklog(ACCEPT_BACKLOG)
                // The vendor's clients speak HTTP/1.1; without TLS nobody needs another.
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true)
                .setCompressionSupported(false)
                // Who does not answer a close is gone, and must not hold up the end of this node.
                .setWebSocketClosingTimeout(CLOSING_SECONDS)
                .setMaxWebSocketMessageSize(LONGEST_WEBSOCKET_MESSAGE)
                .setMaxWebSocketFrameSize(LONGEST_WEBSOCKET_MESSAGE)
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setRegisterWebSocketWriteHandlers(false);
    }

    /** A connection that becomes a WebSocket tells nobody of its end: it is followed only when it does not become one. */
    private void follow(RoutingContext context) {
        HttpConnection connection = context.request().connection();
        String upgrade = context.request().getHeader("Upgrade");
        boolean mayUpgrade = upgrade != null && upgrade.toLowerCase(Locale.ROOT).contains("websocket");
        if (mayUpgrade) {
            connections.forget(connection);
        }
        context.addEndHandler(sent -> {
            if (sent.failed() || context.response().closed()) {
                connections.forget(connection);
            } else if (mayUpgrade) {
                connections.opened(connection);
            } else {
                connections.ends(connection);
            }
        });
        context.next();
    }

    /** This node is about to end: who asks for something is to ask for the next thing through another connection. */
    public void leave() {
        leaving = true;
    }

    /** Lets the server's requests in, and answers in our words what is no readable request. */
    public HttpServer attach(HttpServer server) {
        return server.connectionHandler(connections::came)
                .requestHandler(request -> {
                    connections.begins(request.connection());
                    if (leaving && request.version() == HttpVersion.HTTP_1_1) {
                        request.response().putHeader("Connection", "close");
                    }
                    router.handle(request);
                })
                .invalidRequestHandler(failures::handleUnreadable);
    }
}
