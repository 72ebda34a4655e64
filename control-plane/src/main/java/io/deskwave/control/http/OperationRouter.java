package io.deskwave.control.http;

import io.deskwave.control.http.Verifier.Claim;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the operations of the document: look at the credentials, read the body, know the caller, check project and permission, check the request,
 * and only then call the feature. What nobody hung a handler on is not found.
 */
final class OperationRouter implements Operations {
    private static final Logger LOG = LoggerFactory.getLogger(OperationRouter.class);
    /**
     * Whoever asks is answered within this, also while the database is frozen and says nothing. What was asked may be done
     * all the same, later.
     */
    private static final long ANSWER_WITHIN_SECONDS = 20;

    private static final Caller NOBODY = new Caller("", "", "", Set.of());

    private final Vertx vertx;
    private final Map<String, Endpoint> endpoints;
    private final Verifier verifier;
    private final Gate gate;
    private final Bodies bodies;
    private final Bodies bodiesOfStrangers;
    private final Map<String, Function<ApiCall, Future<Void>>> handlers = new ConcurrentHashMap<>();

    OperationRouter(Vertx vertx, Contract contract, Verifier verifier, Allowance allowance) {
        this.vertx = vertx;
        this.endpoints = contract.endpoints().stream()
                .collect(Collectors.toMap(Endpoint::operationId, UnaryOperator.identity()));
        this.verifier = verifier;
        this.gate = new Gate(verifier);
        this.bodies = allowance.bodies();
        this.bodiesOfStrangers = allowance.bodiesOfStrangers();
    }

    @Override
    public void on(String operationId, Function<ApiCall, Future<ApiAnswer>> handler) {
        onRaw(operationId, call -> bounded(handler.apply(call)).compose(answer -> write(call, answer)));
    }

    @Override
    public void onRaw(String operationId, Function<ApiCall, Future<Void>> handler) {
        if (!endpoints.containsKey(operationId)) {
            throw new IllegalArgumentException(operationId + " is not in the OpenAPI document");
        }
        if (handlers.putIfAbsent(operationId, handler) != null) {
            throw new IllegalArgumentException(operationId + " has two handlers");
        }
    }

    void handle(Endpoint endpoint, RoutingContext context) {
        HttpServerRequest request = context.request().pause();
        endpoint.family().mark(request.response());
        Bodies room = endpoint.isPublic() ? bodiesOfStrangers : bodies;
        Future.succeededFuture(endpoint)
                .compose(e -> e.isPublic()
                        ? Future.succeededFuture(Claim.proven(NOBODY))
                        : bounded(verifier.examine(request)))
                .compose(claim -> room.with(
                        request, body -> claim.prove(body).compose(caller -> call(endpoint, context, caller, body))))
                .onFailure(failure -> {
                    room.discard(request);
                    context.fail(failure);
                });
    }

    private Future<Void> call(Endpoint endpoint, RoutingContext context, Caller caller, Buffer body) {
        String action = endpoint.permission().orElse(endpoint.operationId());
        if (endpoint.hasProject()) {
            gate.checkProject(caller, context.pathParam("project_id"), action, context.request());
        } else if (endpoint.permission().isPresent()) {
            gate.checkNamedProject(caller, action, context.request());
        }
        endpoint.permission().ifPresent(permission -> gate.checkPermission(caller, permission, context.request()));
        Function<ApiCall, Future<Void>> handler = handlers.get(endpoint.operationId());
        if (handler == null) {
            throw new ApiException.NotFound("this server has no " + endpoint.operationId());
        }
        endpoint.parameters().check(context.pathParams(), context.queryParams());
        JsonObject fields = endpoint.body().map(rules -> rules.read(body)).orElseGet(JsonObject::new);
        return handler.apply(new ApiCall(context, gate, caller, fields));
    }

    /** Ends on the event loop of the request, also when the time is up: a Future's own time-out ends anywhere. */
    private <T> Future<T> bounded(Future<T> work) {
        Promise<T> answer = Promise.promise();
        long patience = vertx.setTimer(
                TimeUnit.SECONDS.toMillis(ANSWER_WITHIN_SECONDS),
                id -> answer.tryFail(new TimeoutException("no answer within " + ANSWER_WITHIN_SECONDS + " s")));
        work.onComplete(done -> {
            vertx.cancelTimer(patience);
            if (done.succeeded()) {
                answer.tryComplete(done.result());
            } else {
                answer.tryFail(done.cause());
            }
        });
        return answer.future();
    }

    private static Future<Void> write(ApiCall call, ApiAnswer answer) {
        var response = call.context().response().setStatusCode(answer.status());
        JsonObject body = answer.body();
        Future<Void> written = body == null
                ? response.end()
                : response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .end(body.toBuffer());
        return written.recover(gone -> {
            LOG.debug("nobody waits for the answer", gone);
            return Future.succeededFuture();
        });
    }
}
