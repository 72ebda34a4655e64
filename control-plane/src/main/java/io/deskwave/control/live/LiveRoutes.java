package io.deskwave.control.live;

import io.deskwave.control.db.Database;
import io.deskwave.control.execution.HistoryStore;
import io.deskwave.control.execution.Ring;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Caller;
import io.deskwave.control.http.Gate;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Uuids;
import io.deskwave.control.http.Verifier;
import io.deskwave.protocol.Protocol;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live story of a task, as a WebSocket ({@code .../live}) and as server-sent events ({@code .../events}). A WebSocket may
 * bring its token in its first message, {@code {"token": "..."}}, since a browser cannot set headers; one whose Origin is
 * another site is refused whatever it brings.
 */
public final class LiveRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRoutes.class);
    private static final String LIVE_PATH = "/v2/:project_id/script-execution-tasks/:task_id/live";
    private static final String PERMISSION = "workspace:scripts:listRecords";
    private static final long POLL_MILLIS = 2000;
    private static final long TOKEN_WITHIN_MILLIS = 10_000;
    private static final int LONGEST_TOKEN_MESSAGE = 64 * 1024;
    private static final String TOO_LONG = "the first message is a token, and not longer than 64 KiB";
    private static final int RETRY_SECONDS = 2;
    private static final short REFUSED = 4401;

    private final Vertx vertx;
    private final Database database;
    private final Verifier verifier;
    private final Gate gate;
    private final HistoryStore history = new HistoryStore();
    private final Viewers viewers = new Viewers();
    private final Lobby lobby;
    private final Lobby seats;

    public LiveRoutes(Vertx vertx, Database database, Verifier verifier, Seats seats) {
        this.vertx = vertx;
        this.database = database;
        this.verifier = verifier;
        this.gate = new Gate(verifier);
        this.lobby = seats.lobby();
        this.seats = seats.viewers();
    }

    /** Who is to be rung when a story grows. */
    public Ring ring() {
        return viewers;
    }

    public void mount(Operations operations, Router router) {
        operations.onRaw("StreamTaskEvents", this::stream);
        router.get(LIVE_PATH).handler(this::live);
        viewers.start(vertx, POLL_MILLIS);
    }

    /** Ends every viewer's stream: this node is about to end. */
    public void drain() {
        viewers.endAll();
    }

    private Future<Void> stream(ApiCall call) {
        UUID taskId = call.pathId("task_id", "task");
        return task(call.projectId(), taskId).compose(task -> {
            Runnable stand = seats.enter().orElseThrow(LiveRoutes::tooManyViewers);
            HttpServerResponse response = call.context().response();
            response.setChunked(true)
                    .putHeader("Content-Type", "text/event-stream")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("X-Accel-Buffering", "no");
            Promise<Void> ended = Promise.promise();
            var viewer = new SseViewer(response);
            Runnable leave = viewers.add(
                    taskId,
                    new Story(database, call.projectId(), taskId, viewer),
                    viewer,
                    rights(
                            call.context().request(),
                            again(call.context().request(), call.caller()),
                            call.projectId(),
                            taskId));
            call.context().addEndHandler(done -> {
                leave.run();
                stand.run();
                boolean first = ended.tryComplete();
                LOG.debug("a stream of events ended{}", first ? "" : " again");
            });
            return ended.future();
        });
    }

    private Future<JsonObject> task(String projectId, UUID taskId) {
        return history.findTask(database.client(), projectId, taskId)
                .map(found -> found.orElseThrow(
                        () -> new ApiException.NotFound("there is no task " + taskId + " in this project")));
    }

    private void live(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            context.fail(new ApiException.BadRequest("open a WebSocket here, or use .../events"));
            return;
        }
        if (!isOwnOrigin(request)) {
            context.fail(new ApiException.Forbidden("a page of another site may not watch tasks here"));
            return;
        }
        String projectId = context.pathParam("project_id");
        String taskId = context.pathParam("task_id");
        boolean hasCredentials =
                request.getHeader("X-Auth-Token") != null || request.getHeader("Authorization") != null;
        request.pause();
        if (hasCredentials) {
            verifier.verify(request)
                    .compose(caller -> allowed(caller, request, projectId, taskId)
                            .compose(id -> request.toWebSocket().map(socket -> {
                                watch(socket, request, projectId, id, again(request, caller));
                                return null;
                            })))
                    .onFailure(failure -> {
                        request.resume();
                        context.fail(failure);
                    });
        } else {
            Optional<Runnable> leave = lobby.enter();
            if (leave.isEmpty()) {
                request.resume();
                context.fail(new ApiException.Unavailable(
                        "too many viewers are about to send a token: try again", RETRY_SECONDS));
                return;
            }
            request.toWebSocket()
                    .onSuccess(socket -> awaitToken(socket, leave.get(), request, projectId, taskId))
                    .onFailure(failure -> {
                        leave.get().run();
                        context.fail(failure);
                    });
        }
    }

    /** Without an Origin it is no browser; with one, it must be this very host. */
    private static boolean isOwnOrigin(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        String host = request.getHeader("Host");
        return origin == null || origin.equals("http://" + host) || origin.equals("https://" + host);
    }

    private Future<UUID> allowed(Caller caller, HttpServerRequest request, String projectId, String taskId) {
        gate.checkProject(caller, projectId, PERMISSION, request);
        gate.checkPermission(caller, PERMISSION, request);
        UUID id = Uuids.parse(taskId)
                .orElseThrow(() -> new ApiException.NotFound("there is no task " + taskId + " in this project"));
        return task(projectId, id).map(id);
    }

    private void awaitToken(
            ServerWebSocket socket, Runnable leave, HttpServerRequest request, String projectId, String taskId) {
        var received = new AtomicInteger();
        socket.frameHandler(frame -> {
            if (received.addAndGet(frame.binaryData().length()) > LONGEST_TOKEN_MESSAGE) {
                close(socket, TOO_LONG);
            }
        });
        long patience = vertx.setTimer(TOKEN_WITHIN_MILLIS, id -> close(socket, "no token within 10 s"));
        socket.textMessageHandler(text -> {
            vertx.cancelTimer(patience);
            leave.run();
            socket.textMessageHandler(null);
            socket.frameHandler(null);
            if (text.length() > LONGEST_TOKEN_MESSAGE) {
                close(socket, TOO_LONG);
                return;
            }
            Future.succeededFuture(text)
                    .map(LiveRoutes::token)
                    .compose(token -> verifier.verifyToken(token)
                            .compose(caller -> allowed(caller, request, projectId, taskId))
                            .onSuccess(id -> watch(socket, request, projectId, id, () -> verifier.verifyToken(token))))
                    .onFailure(failure -> close(
                            socket,
                            failure instanceof ApiException
                                    ? String.valueOf(failure.getMessage())
                                    : "try again later"));
        });
        socket.closeHandler(closed -> {
            vertx.cancelTimer(patience);
            leave.run();
        });
    }

    private static String token(String text) {
        try {
            String token = new JsonObject(text).getString("token");
            if (token != null) {
                return token;
            }
        } catch (DecodeException | ClassCastException e) {
            LOG.debug("the first message of a viewer is no token");
        }
        throw new ApiException.Unauthorized("the first message must be {\"token\": \"...\"}");
    }

    /** A token may expire while somebody watches; who has signed the one request may lose their rights as well. */
    private Supplier<Future<Caller>> again(HttpServerRequest request, Caller caller) {
        String token = request.getHeader("X-Auth-Token");
        return token == null || token.isBlank() ? () -> verifier.renew(caller) : () -> verifier.verifyToken(token);
    }

    private Supplier<Future<?>> rights(
            HttpServerRequest request, Supplier<Future<Caller>> again, String projectId, UUID taskId) {
        return () -> again.get().compose(caller -> allowed(caller, request, projectId, taskId.toString()));
    }

    private void watch(
            ServerWebSocket socket,
            HttpServerRequest request,
            String projectId,
            UUID taskId,
            Supplier<Future<Caller>> again) {
        Optional<Runnable> seat = seats.enter();
        if (seat.isEmpty()) {
            close(socket, String.valueOf(tooManyViewers().getMessage()));
            return;
        }
        var viewer = new SocketViewer(socket);
        Runnable leave = viewers.add(
                taskId,
                new Story(database, projectId, taskId, viewer),
                viewer,
                rights(request, again, projectId, taskId));
        socket.closeHandler(closed -> {
            leave.run();
            seat.get().run();
        });
    }

    private static ApiException tooManyViewers() {
        return new ApiException.Unavailable(
                "this node has as many viewers as it takes: try again, or watch at another node", RETRY_SECONDS);
    }

    private static void close(ServerWebSocket socket, String reason) {
        socket.close(REFUSED, Protocol.cut(reason, 100)).onFailure(gone -> LOG.debug("a viewer was gone already"));
    }
}
