package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ServerTimeTest {
    private static final Instant SERVER = Instant.parse("2026-11-21T12:00:00Z");

    private Instant clock = Instant.parse("2019-01-01T00:00:00Z");
    private long nanos = 17;
    private final ServerTime time = new ServerTime(() -> clock, () -> nanos);

    @Test
    void goesOnFromTheWelcomeHoweverWrongTheClockIs() {
        assertThat(time.now()).isEqualTo(Instant.MAX);
        time.told(SERVER);
        nanos += Duration.ofSeconds(5).toNanos();
        clock = clock.minusSeconds(3600);
        assertThat(time.now()).as("a clock that was set back").isEqualTo(SERVER.plusSeconds(5));
    }

    @Test
    void countsTheTimeThatTheMachineSlept() {
        time.told(SERVER);
        clock = clock.plusSeconds(3600);
        assertThat(time.now()).isEqualTo(SERVER.plusSeconds(3600));
    }
}
