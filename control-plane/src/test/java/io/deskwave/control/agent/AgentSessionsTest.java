package io.deskwave.control.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.Protocol;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AgentSessionsTest {
    @Test
    void spreadsThePingsOverThePeriod() {
        var random = new Random(1);
        var pinged = new int[Protocol.PING_SECONDS];
        for (int i = 0; i < 1_000 * Protocol.PING_SECONDS; i++) {
            pinged[AgentSessions.slice(new UUID(random.nextLong(), random.nextLong()))]++;
        }
        assertThat(Arrays.stream(pinged).boxed().toList()).allMatch(count -> count > 900 && count < 1100);
    }
}
