package io.deskwave.control.e2e;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Asks the same again and again while the database is away, and keeps each answer that a caller could not go by. */
final class OutageCaller implements Runnable {
    private final Supplier<HttpResponse<String>> request;
    private final Duration longest;
    final AtomicInteger answers = new AtomicInteger();
    final List<String> wrong = new CopyOnWriteArrayList<>();

    OutageCaller(Supplier<HttpResponse<String>> request, Duration longest) {
        this.request = request;
        this.longest = longest;
    }

    @Override
    public void run() {
        long from = System.nanoTime();
        try {
            HttpResponse<String> answer = request.get();
            Duration took = Duration.ofNanos(System.nanoTime() - from);
            answers.incrementAndGet();
            boolean saysWhen = answer.headers()
                    .firstValue("Retry-After")
                    .filter(text -> Integer.parseInt(text) > 0)
                    .isPresent();
            if (answer.statusCode() != 503 || !saysWhen || took.compareTo(longest) > 0) {
                wrong.add(answer.request().method() + " " + answer.uri().getPath() + " after " + took.toMillis()
                        + " ms: " + answer.statusCode() + " "
                        + answer.headers().map().get("retry-after") + " " + answer.body());
            }
        } catch (RuntimeException | AssertionError e) {
            wrong.add("after " + Duration.ofNanos(System.nanoTime() - from).toMillis() + " ms: " + e + " "
                    + e.getCause());
        }
    }
}
