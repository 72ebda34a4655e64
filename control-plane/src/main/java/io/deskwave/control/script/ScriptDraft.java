package io.deskwave.control.script;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/** What a caller sent as a script's text and what goes with it. What is absent is defaulted on create, kept on update. */
record ScriptDraft(
        String name,
        String content,
        Optional<String> description,
        Optional<String> version,
        Optional<List<Integer>> successCodes) {

    static ScriptDraft of(JsonObject body) {
        return new ScriptDraft(
                body.getString("name"),
                body.getString("content"),
                Optional.ofNullable(body.getString("description")),
                Optional.ofNullable(body.getString("version")),
                Optional.ofNullable(body.getJsonArray("success_codes")).map(ScriptDraft::codes));
    }

    /** Windows shows 3221225786 where others show -1073741510: one and the same 32 bits. */
    private static List<Integer> codes(JsonArray codes) {
        return codes.stream()
                .map(code -> (int) ((Number) code).longValue())
                .distinct()
                .toList();
    }
}
