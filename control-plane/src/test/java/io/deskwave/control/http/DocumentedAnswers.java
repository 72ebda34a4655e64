package io.deskwave.control.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.contract.Answer;
import io.deskwave.control.contract.AnswerCheck;
import io.deskwave.control.contract.ApiDocument;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What every test client that calls the API passes its answers through: each must be as our document promises. */
public final class DocumentedAnswers {
    private static final AnswerCheck CHECK = new AnswerCheck(new ApiDocument(Contract.merged()));

    private DocumentedAnswers() {}

    public static AnswerCheck check() {
        return CHECK;
    }

    public static HttpResponse<String> checked(HttpResponse<String> response) {
        check(response, response.body().getBytes(StandardCharsets.UTF_8));
        return response;
    }

    public static HttpResponse<byte[]> checkedBytes(HttpResponse<byte[]> response) {
        check(response, response.body());
        return response;
    }

    private static void check(HttpResponse<?> response, byte[] body) {
        check(
                response.request().method(),
                response.request().uri(),
                response.statusCode(),
                response.headers().map(),
                body);
    }

    /** For clients that are not the JDK's. */
    public static void check(String method, URI uri, int status, Map<String, List<String>> headerValues, byte[] body) {
        String target = uri.getRawPath();
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        headerValues.forEach(headers::add);
        assertThat(CHECK.complaints(method, target, new Answer(status, headers, Buffer.buffer(body))))
                .as("%s %s: %s", method, target, status)
                .isEmpty();
    }
}
