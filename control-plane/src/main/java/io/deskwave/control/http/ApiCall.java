package io.deskwave.control.http;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * One authenticated, validated request, as a feature sees it. Explicit nulls in the body count as absent; an empty query
 * parameter counts as not sent.
 */
public final class ApiCall {
    private static final Instant FIRST_INSTANT = Instant.EPOCH;
    private static final Instant END_OF_INSTANTS = Instant.parse("+10000-01-01T00:00:00Z");

    private final RoutingContext context;
    private final Caller caller;
    private final JsonObject body;
    private final Gate gate;

    ApiCall(RoutingContext context, Gate gate, Caller caller, JsonObject body) {
        this.context = context;
        this.gate = gate;
        this.caller = caller;
        this.body = body;
    }

    public Caller caller() {
        return caller;
    }

    /** The project of the path, which is the caller's. */
    public String projectId() {
        return caller.projectId();
    }

    public String path(String name) {
        return context.pathParam(name);
    }

    /** An id from the path. What is no UUID cannot exist, so it is not found rather than malformed. */
    public UUID pathId(String name, String what) {
        return Uuids.parse(path(name))
                .orElseThrow(
                        () -> new ApiException.NotFound("there is no " + what + " " + path(name) + " in this project"));
    }

    /** What was sent as it was sent, without the query string. */
    public String requestPath() {
        return String.valueOf(context.request().path());
    }

    public List<String> headers(String name) {
        return context.request().headers().getAll(name);
    }

    public Optional<String> query(String name) {
        return queryAll(name).stream().findFirst();
    }

    public List<String> queryAll(String name) {
        return context.queryParam(name).stream()
                .filter(value -> !value.isEmpty())
                .toList();
    }

    public Optional<Boolean> queryFlag(String name) {
        return query(name).map(Boolean::parseBoolean);
    }

    public int queryNumber(String name, int absent) {
        return query(name).map(Integer::parseInt).orElse(absent);
    }

    /** An ISO instant such as {@code 2021-10-01T12:00:00Z}, in years that PostgreSQL and every client can write. */
    public Optional<Instant> queryInstant(String name) {
        return query(name).map(text -> instant(name, text));
    }

    private static Instant instant(String name, String text) {
        try {
            Instant instant = Instant.parse(text);
            if (!instant.isBefore(FIRST_INSTANT) && instant.isBefore(END_OF_INSTANTS)) {
                return instant;
            }
        } catch (DateTimeParseException e) {
            // Told below.
        }
        throw new ApiException.BadRequest(name
                + " must be an instant in UTC from 1970 to 9999 such as 2021-10-01T12:00:00Z, not '"
                + Wording.shortened(text) + "'");
    }

    /** Fails with {@link ApiException.Forbidden} unless the caller may do this as well. */
    public void require(String action) {
        gate.checkPermission(caller, action, context.request());
    }

    /** What a feature throws where only it can tell that the caller may not; {@code projectId} is the one it is about. */
    public ApiException refused(String action, String projectId, String reason) {
        return gate.refused(caller, action, projectId, context.request(), reason);
    }

    public JsonObject body() {
        return body;
    }

    /** For what is not JSON, see {@link Operations#onRaw}. */
    public RoutingContext context() {
        return context;
    }
}
