package io.deskwave.control.http;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What an operation answers: a status, and a JSON body or none. */
public record ApiAnswer(int status, @Nullable JsonObject body) {
    public static ApiAnswer ok(JsonObject body) {
        return new ApiAnswer(200, body);
    }

    public static ApiAnswer created(JsonObject body) {
        return new ApiAnswer(201, body);
    }

    /** 200 with {@code {}}: some clients take no 204 for what they sent with PUT or POST. */
    public static ApiAnswer empty() {
        return new ApiAnswer(200, new JsonObject());
    }

    public static ApiAnswer noContent() {
        return new ApiAnswer(204, null);
    }
}
