package io.deskwave.control.agent;

import io.deskwave.control.desktop.Page;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The operations on enrollment tokens. */
public final class EnrollmentTokenRoutes {
    private static final int LIST_LIMIT = 1000;

    private final EnrollmentTokens tokens;
    private final InstantSource clock;

    public EnrollmentTokenRoutes(EnrollmentTokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    public void mount(Operations operations) {
        operations.on("CreateEnrollmentToken", this::create);
        operations.on("ListEnrollmentTokens", this::list);
        operations.on("DeleteEnrollmentToken", this::delete);
    }

    private Future<ApiAnswer> create(ApiCall call) {
        JsonObject body = call.body();
        var wanted = new EnrollmentToken.New(
                poolId(body.getString("pool_id")),
                body.getString("description", ""),
                expiresAt(body),
                body.getInteger("max_uses"));
        return tokens.create(call.projectId(), wanted)
                .map(created -> ApiAnswer.created(view(created.token()).put("enrollment_token", created.text())));
    }

    private Future<ApiAnswer> list(ApiCall call) {
        int limit = call.queryNumber("limit", LIST_LIMIT);
        return tokens.list(call.projectId(), limit, call.queryNumber("offset", 0))
                .map(this::answer);
    }

    private Future<ApiAnswer> delete(ApiCall call) {
        return tokens.revoke(call.projectId(), call.pathId("token_id", "enrollment token"))
                .map(revoked -> ApiAnswer.noContent());
    }

    private ApiAnswer answer(Page<EnrollmentToken> page) {
        var list = new JsonArray();
        page.rows().forEach(token -> list.add(view(token)));
        return ApiAnswer.ok(new JsonObject().put("total_count", page.total()).put("enrollment_tokens", list));
    }

    private JsonObject view(EnrollmentToken token) {
        var view = new JsonObject()
                .put("id", token.id().toString())
                .put("project_id", token.projectId())
                .put("description", token.description())
                .put("status", status(token))
                .put("uses", token.uses())
                .put(
                        "created_at",
                        token.createdAt().truncatedTo(ChronoUnit.MILLIS).toString());
        if (token.poolId() != null) {
            view.put("pool_id", token.poolId().toString());
        }
        if (token.expiresAt() != null) {
            view.put(
                    "expires_at",
                    token.expiresAt().truncatedTo(ChronoUnit.MILLIS).toString());
        }
        if (token.maxUses() != null) {
            view.put("max_uses", token.maxUses());
        }
        return view;
    }

    private String status(EnrollmentToken token) {
        if (token.expiresAt() != null && !token.expiresAt().isAfter(clock.instant())) {
            return "EXPIRED";
        }
        return token.maxUses() != null && token.uses() >= token.maxUses() ? "USED_UP" : "ACTIVE";
    }

    private @Nullable Instant expiresAt(JsonObject body) {
        String at = body.getString("expires_at");
        Integer minutes = body.getInteger("expires_in_minutes");
        if (at != null && minutes != null) {
            throw new ApiException.BadRequest("send expires_at or expires_in_minutes, not both");
        }
        if (minutes != null) {
            return clock.instant().plus(Duration.ofMinutes(minutes));
        }
        return at == null ? null : instant(at);
    }

    private static Instant instant(String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            if (instant.atOffset(ZoneOffset.UTC).getYear() <= 9999) {
                return instant;
            }
        } catch (DateTimeException e) {
            // answered below, like a year that is too late
        }
        throw new ApiException.BadRequest(
                "expires_at must be an instant such as 2027-01-31T12:00:00Z, not '" + text + "'");
    }

    private static @Nullable UUID poolId(@Nullable String text) {
        return text == null
                ? null
                : Uuids.parse(text)
                        .orElseThrow(() ->
                                new ApiException.NotFound("there is no desktop pool " + text + " in this project"));
    }
}
