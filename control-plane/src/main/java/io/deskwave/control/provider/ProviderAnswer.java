package io.deskwave.control.provider;

import io.deskwave.control.desktop.ProviderCall.Answer;
import io.deskwave.control.desktop.ProviderCall.Result;
import io.deskwave.control.provider.ProviderProcess.Ended;
import io.deskwave.protocol.Protocol;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads what the provider said. Whatever is no answer is a failure with a sentence. Pure. */
final class ProviderAnswer {
    private static final int MESSAGE_CHARS = 500;

    private ProviderAnswer() {}

    /** @param secret what must not be repeated to anybody; null when it was told none */
    static Answer of(Ended ended, @Nullable String secret) {
        return switch (ended.how()) {
            case NOT_STARTED -> failed("it could not be started: " + ended.stderr(), secret);
            case TIMED_OUT -> failed("it did not answer before the deadline and was ended" + lastLine(ended), secret);
            case EXITED ->
                ended.exitCode() == 0
                        ? parse(ended, secret)
                        : failed("it failed with exit code " + ended.exitCode() + lastLine(ended), secret);
        };
    }

    private static Answer parse(Ended ended, @Nullable String secret) {
        if (ended.isCut()) {
            return failed("it said more than " + ProviderProcess.MOST_STDOUT / 1024 + " KiB", secret);
        }
        try {
            var answer = new JsonObject(ended.stdout());
            Object message = answer.getValue("message", "");
            return new Answer(
                    result(answer.getValue("result")), clean(message == null ? "" : message.toString(), secret));
        } catch (RuntimeException e) {
            return failed(
                    "it ended with exit code 0 and without an answer such as {\"result\": \"done\"}" + lastLine(ended),
                    secret);
        }
    }

    private static Result result(@Nullable Object text) {
        return switch (String.valueOf(text)) {
            case "done" -> Result.DONE;
            case "accepted" -> Result.ACCEPTED;
            case "failed" -> Result.FAILED;
            case "unsupported" -> Result.UNSUPPORTED;
            default -> throw new IllegalArgumentException("no result");
        };
    }

    private static Answer failed(String why, @Nullable String secret) {
        return new Answer(Result.FAILED, clean(why, secret));
    }

    private static String lastLine(Ended ended) {
        return Arrays.stream(ended.stderr().split("\\R", -1))
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .reduce((earlier, later) -> later)
                .map(line -> ": " + line)
                .orElse("");
    }

    /** One line of limited length, without what it was told in confidence. */
    static String clean(String text, @Nullable String secret) {
        String shown = secret == null ? text : text.replace(secret, "***");
        return Protocol.cut(shown.replaceAll("\\p{Cntrl}+", " ").strip(), MESSAGE_CHARS);
    }
}
