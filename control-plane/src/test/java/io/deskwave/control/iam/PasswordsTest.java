package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    private final Vertx vertx = Vertx.vertx();
    private final Passwords passwords = new Passwords(vertx, 4);

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void theQueueIsBounded() throws Exception {
        List<Future<Boolean>> checks = IntStream.range(0, 50)
                .mapToObj(i -> passwords.matches("guess", Optional.empty()))
                .toList();
        assertThat(Future.join(checks).otherwiseEmpty().await(30, TimeUnit.SECONDS))
                .isNull();

        assertThat(checks).filteredOn(Future::succeeded).hasSizeBetween(4, 8).noneMatch(Future::result);
        assertThat(checks)
                .filteredOn(Future::failed)
                .extracting(Future::cause)
                .hasOnlyElementsOfType(ApiException.Unavailable.class);
        String hash = passwords.hash("right").await(10, TimeUnit.SECONDS);
        assertThat(passwords.matches("right", Optional.of(hash)).await(10, TimeUnit.SECONDS))
                .isTrue();
    }
}
