package io.deskwave.control.contract;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Judges answers by the document: status, content type and body are among those documented, and members of a body that the
 * document does not name are refused, since clients will come to rely on them. And by what holds for every answer: no
 * redirects, nothing that makes a client resend, a request id, nothing of the program's insides. Safe for all threads.
 */
public final class AnswerCheck {
    private static final String JSON = "application/json";
    private static final Pattern INSIDES = Pattern.compile(
            "\\(\\w+\\.java:\\d+\\)|\\b(io\\.(deskwave|vertx|netty)|java\\.(lang|util|io)|org\\.postgresql)\\.\\w"
                    + "|\\bPgException\\b|\\bSELECT .+ FROM\\b|\\b(INSERT INTO|DELETE FROM)\\b|NullPointer");

    private final ApiDocument document;
    /** By operation and status. */
    private final Map<String, Fit> fits = new ConcurrentHashMap<>();

    public AnswerCheck(ApiDocument document) {
        this.document = document;
    }

    public ApiDocument document() {
        return document;
    }

    /** What is wrong with this answer; nothing when it is as promised. */
    public List<String> complaints(String method, String target, Answer answer) {
        List<String> complaints = complaintsOfAny(answer);
        Optional<ApiOperation> operation = document.find(method, target);
        operation.ifPresentOrElse(
                known -> checkDocumented(known, answer, complaints),
                () -> checkUndocumented(target, answer, complaints));
        return complaints;
    }

    /** What is wrong with an answer, whatever it answers. */
    static List<String> complaintsOfAny(Answer answer) {
        List<String> complaints = new ArrayList<>();
        if (answer.status() >= 300 && answer.status() < 400) {
            complaints.add("a redirect, which the vendor's client takes for an empty success");
        }
        if (answer.status() == 408) {
            complaints.add("408, after which clients send the request again");
        }
        answer.header("Retry-After")
                .filter(after -> !after.matches("[1-9]\\d*"))
                .ifPresent(after -> complaints.add(
                        "Retry-After: " + after + ", after which clients send the request again at once"));
        if (answer.header("X-Request-Id").isEmpty()) {
            complaints.add("no X-Request-Id");
        }
        if (answer.status() >= 400 && INSIDES.matcher(answer.text()).find()) {
            complaints.add("the error tells of the insides of the program");
        }
        return complaints;
    }

    private void checkDocumented(ApiOperation operation, Answer answer, List<String> complaints) {
        operation
                .response(answer.status())
                .ifPresentOrElse(
                        response -> checkContent(operation, response, answer, complaints),
                        () -> complaints.add(operation.id() + " does not document the status " + answer.status()));
    }

    private void checkContent(ApiOperation operation, JsonObject response, Answer answer, List<String> complaints) {
        JsonObject content = response.getJsonObject("content", new JsonObject());
        // vertx-openapi knows no media type of streams and spreadsheets, so the document holds theirs in a word of
        // ours.
        String type = answer.contentType();
        List<String> streamed = List.of(response.getString("x-media-type", type).split(", ", -1));
        if (!streamed.contains(type) || (!content.isEmpty() && !content.containsKey(type))) {
            complaints.add("the content type '" + answer.contentType() + "' is not documented");
        } else if (type.equals(JSON) && !content.isEmpty()) {
            checkJson(operation, content.getJsonObject(JSON).getJsonObject("schema"), answer, complaints);
        } else if (content.isEmpty()
                && !response.containsKey("x-media-type")
                && answer.body().length() > 0) {
            complaints.add("a body where the document has none: " + answer.text());
        }
    }

    private void checkJson(ApiOperation operation, JsonObject schema, Answer answer, List<String> complaints) {
        try {
            Object json = Json.decodeValue(answer.body());
            fits.computeIfAbsent(operation.id() + " " + answer.status(), key -> new Fit(SchemaTree.closed(schema)))
                    .complaints(json)
                    .forEach(complaint -> complaints.add(operation.id() + " " + answer.status() + " " + complaint));
        } catch (DecodeException e) {
            complaints.add("the body is no JSON: " + answer.text());
        }
    }

    /** No operation of the document: either something else of ours, or an error in the usual shape. */
    private void checkUndocumented(String target, Answer answer, List<String> complaints) {
        if (answer.status() >= 400
                && document.knows(target)
                && !answer.contentType().equals(JSON)) {
            complaints.add("an error that is no JSON: " + answer.text());
        }
    }
}
